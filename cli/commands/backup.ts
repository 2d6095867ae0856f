import type { Command } from "commander";
import { badInput } from "../../lib/input-file.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { t } from "../text/language.ts";

export function addBackup(program: Command): void {
  program
    .command("backup <folder>")
    .description("copy the whole data folder to a new folder, also while the server runs")
    .action(async (target: string, _own, command: Command) => {
      const { data, table, json } = command.optsWithGlobals<Globals>();
      if (table !== undefined)
        throw badInput("This command copies a folder. docs/deploy.md describes the backups of a table.");
      const { backUp } = await import("../../lib/adapters/local/backup.ts");
      const report = await backUp(data, target);
      if (json) printJson(report);
      else print(t`${report.files} files, ${(report.bytes / 1e6).toFixed(1)} MB in ${target}`);
    });
}
