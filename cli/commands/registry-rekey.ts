import type { Command } from "commander";
import { type Act, audited } from "../../lib/domain/audit/record.ts";
import { rekey } from "../../lib/domain/maintenance/rekey.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { progress } from "../progress.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

export function addRekey(registry: Command): void {
  registry
    .command("rekey")
    .description("renew all voiceprints under a new template key, and delete the former key")
    .addHelpText(
      "after",
      t(
        "\nDo this after a leak of the database. Servers can go on serving. An interrupted run resumes when you\n" +
          "run it again. Backups from before can't be read afterward without their own copy of the former key.",
      ),
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const bar = progress(t`renewing`, t`speakers`);
      const report = await inRegistry(options, "none", (services, { registryId }) => {
        const act: Act = { registryId, operation: "rekey" };
        return audited(services, act, async () => {
          const done = await rekey(services, {
            registryId,
            onProgress: (speakers) => bar.show(speakers, undefined),
          });
          const { generation, speakers, cohorts } = done;
          act.details = { generation, speakers, cohorts };
          return done;
        });
      }).finally(bar.end);
      if (options.json) return printJson(report);
      const { speakers, cohorts } = report;
      print(t`${speakers} speakers and ${cohorts} cohorts renewed; the former template key is deleted`);
    });
}
