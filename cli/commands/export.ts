import type { Command } from "commander";
import { record } from "../../lib/domain/audit/record.ts";
import { badInput } from "../../lib/input-file.ts";
import { exportRegistry } from "../../lib/transfer/export-registry.ts";
import { lineSchema } from "../../lib/transfer/format.ts";
import { linesToFile, linesToStdout } from "../line-files.ts";
import type { Globals } from "../options.ts";
import { printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";
import { t } from "../text/language.ts";

type Options = Globals & { out?: string; audio?: boolean; schema?: boolean; plainTemplates?: boolean };

export function addExport(program: Command): void {
  program
    .command("export")
    .description("export the whole registry as JSON Lines: speakers, clips, groups, cohorts, calibrations")
    .option("--out <file>", "write to this file instead of stdout; it appears when it is complete")
    .option("--audio", "include the recordings")
    .option("--plain-templates", "export voiceprints as they are, without the registry's template key")
    .option("--schema", "print the JSON Schema of a line instead of exporting")
    .addHelpText(
      "after",
      t(
        "\nThe export contains biometric data: protect it like the registry. " +
          "It does not contain API keys, decisions or counters.",
      ),
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.schema) return printJson(lineSchema());
      if (options.out === undefined && process.stdout.isTTY)
        throw badInput(
          "The export would print voiceprints to the terminal. Use --out FILE, or pipe the output.",
        );
      await exportAll(options);
    });
}

async function exportAll(options: Options): Promise<void> {
  const { out, audio, plainTemplates } = options;
  const bar = progress(t`export`, t`speakers`);
  await withServices(options, "model", async (services) => {
    const { registryId, templates } = await registryNamed(services, options);
    if (templates && !plainTemplates)
      throw badInput(
        "The registry stores voiceprints under a template key, and an export has them without it: anyone with " +
          "the file can compare them with voices elsewhere. Add --plain-templates if you want that. " +
          "`voiceroll backup` copies a data folder as it is.",
      );
    // Before the first line, so that the log also has an export that is interrupted.
    await record(
      services,
      { registryId, operation: "export", details: { audio: audio ?? false } },
      "started",
    );
    const lines = exportRegistry(services, { registryId, audio, onProgress: bar.show });
    await (out === undefined ? linesToStdout(lines) : linesToFile(lines, out));
  }).finally(bar.end);
  const label = out ?? t`export`;
  warn(
    audio
      ? t`${label}: done. It contains biometric data, but no API keys or decisions.`
      : t(
          "{}: done. It contains biometric data, but no recordings (use --audio), API keys or decisions.",
          label,
        ),
  );
}
