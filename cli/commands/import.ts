import { type Command, Option } from "commander";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { type EmbeddingsReport, importEmbeddings } from "../../lib/transfer/import-embeddings.ts";
import { type ImportReport, importRegistry } from "../../lib/transfer/import-registry.ts";
import { ON_CONFLICT, type OnConflict } from "../../lib/transfer/outcome.ts";
import { MAX_LINE_BYTES } from "../../lib/transfer/sealed-lines.ts";
import { textLines } from "../../lib/transfer/text-lines.ts";
import { EXIT } from "../exit.ts";
import { type Rereadable, rereadable } from "../line-files.ts";
import type { Globals } from "../options.ts";
import { print, printJson, table, warn } from "../print.ts";
import { withServices } from "../services.ts";

type Options = Globals & {
  dryRun?: boolean;
  onConflict: OnConflict;
  anyModel?: boolean;
  embeddings?: boolean;
  force?: boolean;
};

export function addImport(program: Command): void {
  program
    .command("import")
    .description("take an export in: all of it is checked first, then each speaker is written in one piece")
    .argument("<file>", "what voiceroll export wrote; - for stdin")
    .option("--dry-run", "check it, say what would be done, and write nothing")
    .addOption(
      new Option(
        "--on-conflict <what>",
        "where something stands here that differs: refuse all, keep it, or take the file's",
      )
        .choices(ON_CONFLICT)
        .default("fail"),
    )
    .option(
      "--any-model",
      "take voiceprints of another model too; models reembed rebuilds those with recordings",
    )
    .option("--embeddings", "the lines are embeddings of your own (docs/export-format.md), one clip each")
    .option("--force", "with --embeddings: take a clip that is unlike the speaker's others")
    .addHelpText(
      "after",
      "\nBroken off, it goes on where it was when it is run again. Exit code 1: lines were left out.",
    )
    .action(async (path: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const file = await rereadable(path);
      if (options.embeddings)
        return tellEmbeddings(await importVectors(options, file).finally(file.close), options);
      const report = await importFile(options, file).finally(file.close);
      if (options.json) printJson(report);
      else tell(report, options);
      process.exitCode = report.left.length > 0 ? EXIT.no : EXIT.yes;
    });
}

function importFile(options: Options, file: Rereadable): Promise<ImportReport> {
  const { registry, onConflict, dryRun, anyModel } = options;
  const labels = ["check", "import"];
  const open = () => textLines(file.chunks(labels.shift() ?? "import"), MAX_LINE_BYTES);
  return withServices(options, "model", (services) =>
    importRegistry(services, { registry, open, onConflict, dryRun, anyModel }),
  );
}

function importVectors(options: Options, file: Rereadable): Promise<EmbeddingsReport> {
  const { dryRun, force } = options;
  const labels = ["check", "import"];
  const open = () => textLines(file.chunks(labels.shift() ?? "import"), MAX_EMBEDDING_LINE_BYTES);
  return withServices(options, "model", async (services) => {
    const registry = await ensureRegistry(services, options.registry);
    return importEmbeddings(services, { registry, open, force, dryRun });
  });
}

const MAX_EMBEDDING_LINE_BYTES = 1024 * 1024;

function tellEmbeddings(report: EmbeddingsReport, { json, dryRun }: Options): void {
  const { speakers, clips, unchanged } = report;
  if (json) {
    printJson(report);
    return;
  }
  print(`${clips} clips of ${speakers} speakers enrolled without recordings, ${unchanged} were here already`);
  if (dryRun) warn("nothing was written");
}

const STATES = ["imported", "unchanged", "replaced", "completed", "left"] as const;

function tell(report: ImportReport, { dryRun, registry }: Options): void {
  const kinds = ["registry", "cohort", "calibration", "active", "speaker", "group"] as const;
  const met = kinds.filter((kind) => STATES.some((state) => report[kind][state] > 0));
  const rows = met.map((kind) => [kind, ...STATES.map((state) => String(report[kind][state]))]);
  print(table([["", ...STATES], ...rows], [false, true, true, true, true, true]));
  for (const { line, kind, id, why } of report.left) warn(`line ${line}: ${kind} ${id} was left: ${why}`);
  if (dryRun) warn("nothing was written");
  if (report.scoresAlike === false)
    warn("scores: another cohort or calibration is active here than where the file comes from");
  if (!dryRun) warn(`API keys do not come with an export: voiceroll keys create --registry ${registry}`);
}
