import type { Command } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { dropRecordings } from "../../lib/domain/maintenance/drop-recordings.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

export function addDropAudio(registry: Command): void {
  registry
    .command("drop-audio")
    .description("delete all stored recordings; voiceprints stay")
    .option("--dry-run", "count the recordings, and delete nothing")
    .addHelpText(
      "after",
      t(
        "\nRe-embedding with another model then needs new recordings. To store none from now on, use\n" +
          "`registry set --keep-audio no` first.",
      ),
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { dryRun?: boolean }>();
      const { dryRun } = options;
      const dropped = await inRegistry(options, "none", (services, { registryId }) => {
        const act = { registryId, operation: "dropRecordings", recorded: !dryRun };
        return audited(services, act, () => dropRecordings(services, { registryId, dryRun }));
      });
      if (options.json) return printJson(dropped);
      const { recordings, speakers } = dropped;
      print(
        dryRun
          ? t`${recordings} recordings of ${speakers} speakers would be deleted`
          : t`${recordings} recordings of ${speakers} speakers deleted`,
      );
    });
}
