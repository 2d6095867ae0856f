import type { Command } from "commander";
import type { PartKind, PartManifest } from "../../lib/adapters/model/part.ts";
import type { CatalogEntry } from "../../lib/adapters/models/catalog.ts";
import type { InstalledModel } from "../../lib/adapters/models/library.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table, warn } from "../print.ts";
import { t, translated } from "../text/language.ts";
import { addAdd, addPull } from "./models-install.ts";
import { addReembed } from "./models-reembed.ts";
import { addUse } from "./models-use.ts";

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
      const { models: installed, parts, broken } = await (await library()).installedModels(data);
      const { readCatalog, readParts } = await import("../../lib/adapters/models/catalog.ts");
      const { modelIdOf } = await import("../../lib/adapters/model/manifest.ts");
      const catalogEntries = await readCatalog(catalog);
      const otherParts = await readParts(catalog);
      const installedNames = new Set([...installed, ...parts].map(({ manifest }) => manifest.name));
      const rows = [
        ...installed.map((model) => installedRow(model, modelIdOf(model.manifest), catalogEntries)),
        ...catalogEntries.filter(({ name }) => !installedNames.has(name)).map(catalogRow),
        ...parts.map(({ manifest }) => partRow(manifest, "installed")),
        ...otherParts.filter(({ name }) => !installedNames.has(name)).map((part) => partRow(part, "catalog")),
      ].sort((a, b) => rank(a) - rank(b));
      for (const { name, fault } of broken)
        warn(t`voiceroll: ${name} can't be opened (${fault}). Remove it and install it again.`);
      if (json) return printJsonLines(rows);
      print(modelTable(rows));
      print(
        "\n" +
          t(
            "* marks the model in use. Download one of the catalog with models pull, and switch with models use.",
          ) +
          "\n" +
          t`A part is no speaker model: diarize uses it as long as it is installed.`,
      );
    });
}

type Row = Omit<ReturnType<typeof commonFields>, "dimension" | "kind"> & {
  kind: PartKind | "speaker";
  dimension: number | null;
  state: "bundled" | "catalog" | "installed";
  active: boolean;
  modelId: string | null;
};

/** Of the bundled model. The catalog says it of others. */
const SMALLEST = "speed: the smallest, 5 ms of CPU time for 3 s of audio";

const commonFields = (
  model: Pick<CatalogEntry, "calibration" | "dataUse" | "description" | "dimension" | "license" | "name">,
  recommendedFor: string | undefined,
) => ({
  kind: "speaker" as const,
  name: model.name,
  dimension: model.dimension,
  calibrated: model.calibration !== undefined,
  recommendedFor: recommendedFor ?? null,
  license: model.license,
  dataUse: model.dataUse ?? null,
  description: model.description,
});

const catalogRow = (entry: CatalogEntry): Row => ({
  ...{ state: "catalog", active: false, modelId: null },
  ...commonFields(entry, entry.recommendedFor),
});

function installedRow(
  { manifest, bundled, active }: InstalledModel,
  modelId: string,
  catalog: readonly CatalogEntry[],
): Row {
  const listed = catalog.find(({ name }) => name === manifest.name)?.recommendedFor;
  const state = bundled ? "bundled" : "installed";
  return { state, active, modelId, ...commonFields(manifest, bundled ? SMALLEST : listed) };
}

const partRow = (
  { kind, name, description, license }: Pick<PartManifest, "description" | "kind" | "license" | "name">,
  state: Row["state"],
): Row => ({
  ...{ kind, name, state, active: false, modelId: null, dimension: null, calibrated: false },
  ...{ recommendedFor: null, license, dataUse: null, description },
});

/** What we recommend comes first, then the user's own models, then the rest of the catalog. */
const rank = ({ recommendedFor, state }: Row): number => (recommendedFor ? 0 : state === "installed" ? 1 : 2);

function modelTable(rows: readonly Row[]): string {
  const head = [
    "",
    t`model`,
    t`state`,
    t`dimensions`,
    t`thresholds`,
    t`recommended for`,
    t`license`,
    t`its data`,
    "",
  ];
  const cells = rows.map((row) => [
    row.active ? "*" : "",
    row.name,
    row.dimension === null ? t`${translated(row.state)} part` : translated(row.state),
    row.dimension === null ? "" : String(row.dimension),
    row.dimension === null ? "" : row.calibrated ? t`measured` : t`none`,
    translated(row.recommendedFor ?? ""),
    row.license.replace(/ (as|for) .*/s, ""),
    row.dataUse ?? "",
    row.description,
  ]);
  return table([head, ...cells], [false, false, false, true]);
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
      else print(t`${name}: removed`);
    });
}
