import { type Command, Option } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { ensureRegistry, registryIdOf } from "../../lib/domain/registry/registry.ts";
import { type EmbeddingsReport, importEmbeddings } from "../../lib/transfer/import-embeddings.ts";
import { type ImportReport, importRegistry } from "../../lib/transfer/import-registry.ts";
import { ON_CONFLICT, type OnConflict } from "../../lib/transfer/outcome.ts";
import { MAX_LINE_BYTES } from "../../lib/transfer/sealed-lines.ts";
import { textLines } from "../../lib/transfer/text-lines.ts";
import { EXIT } from "../exit.ts";
import { openRereadable, type RereadableFile } from "../line-files.ts";
import type { Globals } from "../options.ts";
import { print, printJson, table, warn } from "../print.ts";
import { withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

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
    .description("import an export: check all of it first, then write each speaker as a whole")
    .argument("<file>", "a file from voiceroll export, or - for stdin")
    .option("--dry-run", "check the file and report what an import would do, without writing")
    .addOption(
      new Option(
        "--on-conflict <what>",
        "what to do with an entry that differs from an existing one: reject the file, skip it, or replace",
      )
        .choices(ON_CONFLICT)
        .default("fail"),
    )
    .option(
      "--any-model",
      "also import voiceprints of other models; models reembed rebuilds those with recordings",
    )
    .option("--embeddings", "the lines are your own embeddings (docs/export-format.md), one clip each")
    .option("--force", "with --embeddings: accept a clip that sounds unlike the speaker's others")
    .addHelpText(
      "after",
      t`\nAn interrupted import resumes when you run it again. Exit code 1: some lines were skipped.`,
    )
    .action(async (path: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const file = await openRereadable(path);
      if (options.embeddings)
        return printEmbeddings(await importVectors(options, file).finally(file.close), options);
      const report = await importFile(options, file).finally(file.close);
      if (options.json) printJson(report);
      else printReport(report, options);
      process.exitCode = report.left.length > 0 ? EXIT.no : EXIT.yes;
    });
}

function importFile(options: Options, file: RereadableFile): Promise<ImportReport> {
  const { registry, onConflict, dryRun, anyModel } = options;
  const open = twoPasses(file, MAX_LINE_BYTES);
  return withServices(options, "model", async (services) => {
    const act = { registryId: registryIdOf(registry), operation: "import", recorded: !dryRun };
    return audited(services, act, () =>
      importRegistry(services, { registry, open, onConflict, dryRun, anyModel }),
    );
  });
}

function importVectors(options: Options, file: RereadableFile): Promise<EmbeddingsReport> {
  const { dryRun, force } = options;
  const open = twoPasses(file, MAX_EMBEDDING_LINE_BYTES);
  return withServices(options, "model", async (services) => {
    const registry = await ensureRegistry(services, options.registry);
    const { registryId } = registry;
    const act = { registryId, operation: "importEmbeddings", recorded: !dryRun };
    return audited(services, act, () => importEmbeddings(services, { registry, open, force, dryRun }));
  });
}

const MAX_EMBEDDING_LINE_BYTES = 1024 * 1024;

/**
 * Returns a function that reads the lines from the start: first to check them, then to import them.
 */
function twoPasses(file: RereadableFile, maxLineBytes: number) {
  let checked = false;
  return () => {
    const label = checked ? t`import` : t`check`;
    checked = true;
    return textLines(file.chunks(label), maxLineBytes);
  };
}

function printEmbeddings(report: EmbeddingsReport, { json, dryRun }: Options): void {
  const { speakers, clips, unchanged } = report;
  if (json) {
    printJson(report);
    return;
  }
  print(t`${clips} clips of ${speakers} speakers enrolled without recordings, ${unchanged} already enrolled`);
  if (dryRun) warn(t`Nothing was written.`);
}

const STATES = ["imported", "unchanged", "replaced", "completed", "left"] as const;

function printReport(report: ImportReport, { dryRun, registry }: Options): void {
  const kinds = ["registry", "cohort", "calibration", "active", "speaker", "group", "candidate"] as const;
  const present = kinds.filter((kind) => STATES.some((state) => report[kind][state] > 0));
  const rows = present.map((kind) => [
    translated(kind),
    ...STATES.map((state) => String(report[kind][state])),
  ]);
  print(
    table(
      [["", ...STATES.map((state) => translated(state === "left" ? "skipped" : state))], ...rows],
      [false, true, true, true, true, true],
    ),
  );
  for (const { line, kind, id, why } of report.left)
    warn(t`line ${line}: ${translated(kind)} ${id} was skipped: ${translated(why)}`);
  if (dryRun) warn(t`Nothing was written.`);
  if (report.scoresAlike === false)
    warn(t`Scores will differ from those of the exported registry: another cohort or calibration is active.`);
  if (!dryRun)
    warn(t`Exports do not contain API keys. To create one: voiceroll keys create --registry ${registry}`);
}
