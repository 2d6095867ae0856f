import type { Command } from "commander";
import { badInput } from "../../lib/input-file.ts";
import { exportRegistry } from "../../lib/transfer/export-registry.ts";
import { lineSchema } from "../../lib/transfer/format.ts";
import { linesToFile, linesToStdout } from "../line-files.ts";
import type { Globals } from "../options.ts";
import { printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";

type Options = Globals & { out?: string; audio?: boolean; schema?: boolean };

export function addExport(program: Command): void {
  program
    .command("export")
    .description("write the whole registry as JSON Lines: speakers, clips, groups, cohorts, calibrations")
    .option("--out <file>", "write there rather than to stdout; it appears when it is whole")
    .option("--audio", "put the recordings in too")
    .option("--schema", "print the JSON Schema of a line, and export nothing")
    .addHelpText(
      "after",
      "\nThe file holds biometric data: keep it as you keep the registry. API keys, decisions and counters are not in it.",
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.schema) return printJson(lineSchema());
      if (options.out === undefined && process.stdout.isTTY)
        throw badInput("This would print voiceprints on the terminal; give --out FILE, or pipe it on.");
      await exportAll(options);
    });
}

async function exportAll(options: Options): Promise<void> {
  const { out, audio } = options;
  const bar = progress("export", "speakers");
  await withServices(options, "model", async (services) => {
    const { registryId } = await registryNamed(services, options);
    const lines = exportRegistry(services, { registryId, audio, onProgress: bar.show });
    await (out === undefined ? linesToStdout(lines) : linesToFile(lines, out));
  }).finally(bar.end);
  const without = audio ? "API keys and decisions are" : "Recordings (--audio), API keys and decisions are";
  warn(`${out ?? "export"}: done. ${without} not in it; it holds biometric data.`);
}
