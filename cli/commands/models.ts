import type { Command } from "commander";
import type { InstalledModel } from "../../lib/adapters/models/library.ts";
import { type Pending, pendingReembed } from "../../lib/domain/job/reembed.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table, warn } from "../print.ts";
import { withServices } from "../services.ts";
import { addAdd, addPull } from "./models-install.ts";
import { addReembed, reembedAll } from "./models-reembed.ts";

type ListOptions = Globals & { catalog?: string };

export function addModels(program: Command): void {
  const models = program.command("models").description("other speaker models: fetch, use, remove");
  addList(models);
  addPull(models);
  addAdd(models);
  addUse(models);
  addReembed(models);
  addRemove(models);
}

// The library brings onnxruntime, which takes a while to load: only these commands load it.
const library = () => import("../../lib/adapters/models/library.ts");

function addList(models: Command): void {
  models
    .command("list")
    .description("the bundled model, those that are installed, and what pull can fetch")
    .option("--catalog <file>", "another catalog than the built-in one")
    .action(async (_own, command: Command) => {
      const { data, catalog, json } = command.optsWithGlobals<ListOptions>();
      const { models: installed, broken } = await (await library()).installedModels(data);
      const { readCatalog } = await import("../../lib/adapters/models/catalog.ts");
      const { modelIdOf } = await import("../../lib/adapters/model/manifest.ts");
      const here = new Set(installed.map(({ manifest }) => manifest.name));
      const rest = (await readCatalog(catalog)).filter(({ name }) => !here.has(name));
      const rows = [
        ...installed.map((model) => installedRow(model, modelIdOf(model.manifest))),
        ...rest.map((entry) => ({ ...NOT_HERE, ...described(entry) })),
      ];
      for (const { name, fault } of broken)
        warn(`voiceroll: ${name} does not open (${fault}); remove it and install it again.`);
      if (json) return printJsonLines(rows);
      const head = ["", "model", "state", "values", "thresholds", "license", ""];
      print(table([head, ...rows.map(cells)], [false, false, false, true]));
      print(
        "\n* is used by this data folder. pull fetches one of the catalog; use chooses one that is here.",
      );
    });
}

const described = (of: { name: string; description: string; dimension: number; license: string }) => ({
  name: of.name,
  dimension: of.dimension,
  license: of.license,
  description: of.description,
});

const NOT_HERE = { state: "catalog", active: false, calibrated: false, modelId: null };

const installedRow = ({ manifest, bundled, active }: InstalledModel, modelId: string) => ({
  state: bundled ? "bundled" : "installed",
  active,
  calibrated: manifest.calibration !== undefined,
  modelId,
  ...described(manifest),
});

const cells = (
  row: (typeof NOT_HERE & ReturnType<typeof described>) | ReturnType<typeof installedRow>,
): string[] => [
  row.active ? "*" : "",
  row.name,
  row.state,
  String(row.dimension),
  row.calibrated ? "measured" : "none",
  row.license.split(/ as | for /)[0],
  row.description,
];

function addUse(models: Command): void {
  models
    .command("use")
    .description("from now on this data folder uses that model")
    .argument("<name>", "an installed model, or the bundled one")
    .option("--reembed", "then rebuild every voiceprint of another model at once")
    .action(async (name: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { reembed?: boolean }>();
      const { manifest } = await (await library()).chooseModel(options.data, name);
      const pending = await withServices(options, "name", pendingReembed);
      const calibrated = manifest.calibration !== undefined;
      if (options.json && !options.reembed) return printJson({ name, calibrated, pending });
      if (!options.json) tellUse(name, calibrated, pending, options);
      if (options.reembed) await reembedAll(options);
    });
}

function tellUse(
  name: string,
  calibrated: boolean,
  { speakers, clips }: Pending,
  { data, reembed }: Globals & { reembed?: boolean },
): void {
  print(`${name}: used by ${data} from now on; restart a server that is running`);
  if (!calibrated)
    print(
      `${name} has no thresholds: verify, identify and compare give cosines and no decision (docs/models.md)`,
    );
  if (speakers > 0 && !reembed)
    print(
      `${speakers} speakers (${clips} clips) were enrolled with another model and get model-mismatch until: ` +
        `voiceroll models reembed --data ${data}`,
    );
}

function addRemove(models: Command): void {
  models
    .command("remove")
    .description("take an installed model away")
    .argument("<name>", "as models list shows it")
    .action(async (name: string, _own, command: Command) => {
      const { data, json } = command.optsWithGlobals<Globals>();
      await (await library()).removeModel(data, name);
      if (json) printJson({ name, removed: true });
      else print(`${name}: removed`);
    });
}
