import type { Command } from "commander";
import type { ModelManifest } from "../../lib/adapters/model/manifest.ts";
import type { InstalledModel } from "../../lib/adapters/models/library.ts";
import { type Pending, pendingReembed } from "../../lib/domain/job/reembed.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table, warn } from "../print.ts";
import { withServices } from "../services.ts";
import { addAdd, addPull } from "./models-install.ts";
import { addReembed, reembedAll } from "./models-reembed.ts";

type ListOptions = Globals & { catalog?: string };

export function addModels(program: Command): void {
  const models = program.command("models").description("install, choose and remove speaker models");
  addList(models);
  addPull(models);
  addAdd(models);
  addUse(models);
  addReembed(models);
  addRemove(models);
}

// The library imports onnxruntime, which takes a while to load.
const library = () => import("../../lib/adapters/models/library.ts");

function addList(models: Command): void {
  models
    .command("list")
    .description("list the bundled model, the installed ones, and those that pull can download")
    .option("--catalog <file>", "catalog to use instead of the built-in one")
    .action(async (_own, command: Command) => {
      const { data, catalog, json } = command.optsWithGlobals<ListOptions>();
      const { models: installed, broken } = await (await library()).installedModels(data);
      const { readCatalog } = await import("../../lib/adapters/models/catalog.ts");
      const { modelIdOf } = await import("../../lib/adapters/model/manifest.ts");
      const installedNames = new Set(installed.map(({ manifest }) => manifest.name));
      const available = (await readCatalog(catalog)).filter(({ name }) => !installedNames.has(name));
      const rows = [
        ...installed.map((model) => installedRow(model, modelIdOf(model.manifest))),
        ...available.map((entry) => ({
          ...NOT_INSTALLED,
          calibrated: entry.calibration !== undefined,
          ...commonFields(entry),
        })),
      ];
      for (const { name, fault } of broken)
        warn(`voiceroll: ${name} can't be opened (${fault}). Remove it and install it again.`);
      if (json) return printJsonLines(rows);
      const head = ["", "model", "state", "dimensions", "thresholds", "license", ""];
      print(table([head, ...rows.map(cells)], [false, false, false, true]));
      print(
        "\n* marks the model in use. Download one of the catalog with models pull, and switch with models use.",
      );
    });
}

const commonFields = (model: { name: string; description: string; dimension: number; license: string }) => ({
  name: model.name,
  dimension: model.dimension,
  license: model.license,
  description: model.description,
});

const NOT_INSTALLED = { state: "catalog", active: false, calibrated: false, modelId: null };

const installedRow = ({ manifest, bundled, active }: InstalledModel, modelId: string) => ({
  state: bundled ? "bundled" : "installed",
  active,
  calibrated: manifest.calibration !== undefined,
  modelId,
  ...commonFields(manifest),
});

const cells = (
  row: (typeof NOT_INSTALLED & ReturnType<typeof commonFields>) | ReturnType<typeof installedRow>,
): string[] => [
  row.active ? "*" : "",
  row.name,
  row.state,
  String(row.dimension),
  row.calibrated ? "measured" : "none",
  row.license.replace(/ (as|for) .*/s, ""),
  row.description,
];

function addUse(models: Command): void {
  models
    .command("use")
    .description("switch this data folder to another model")
    .argument("<name>", "the bundled model or an installed one")
    .option("--reembed", "then rebuild the voiceprints of other models")
    .action(async (name: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { reembed?: boolean }>();
      const { manifest } = await (await library()).chooseModel(options.data, name);
      const pending = await withServices(options, "name", pendingReembed);
      const calibrated = manifest.calibration !== undefined;
      if (options.json && !options.reembed) return printJson({ name, calibrated, pending });
      if (!options.json) printUse(manifest, pending, options);
      if (options.reembed) await reembedAll(options);
    });
}

function printUse(
  { name, calibration, speakersCheck }: ModelManifest,
  { speakers, clips }: Pending,
  { data, reembed }: Globals & { reembed?: boolean },
): void {
  print(`${data} now uses ${name}. Restart any running server.`);
  if (!calibration)
    print(
      `${name} has no thresholds: verify, identify and compare report cosines without a decision ` +
        "(docs/models.md).",
    );
  if (!speakersCheck) print(`${name} has no check for several speakers in a clip (docs/model-format.md).`);
  if (speakers > 0 && !reembed)
    print(
      `${speakers} speakers (${clips} clips) were enrolled with another model. Requests for them fail with ` +
        `model-mismatch until you run: voiceroll models reembed --data ${data}`,
    );
}

function addRemove(models: Command): void {
  models
    .command("remove")
    .description("remove an installed model")
    .argument("<name>", "a name that models list shows")
    .action(async (name: string, _own, command: Command) => {
      const { data, json } = command.optsWithGlobals<Globals>();
      await (await library()).removeModel(data, name);
      if (json) printJson({ name, removed: true });
      else print(`${name}: removed`);
    });
}
