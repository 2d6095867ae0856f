import type { Command } from "commander";
import { type FsckReport, fsck } from "../../lib/domain/maintenance/fsck.ts";
import { EXIT } from "../exit.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

type Options = Globals & { repair?: boolean };

export function addFsck(program: Command): void {
  program
    .command("fsck")
    .description("check every voiceprint, in all registries, against its clips")
    .option("--repair", "repair what can be restored exactly")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const report = await withServices(options, "none", (services) =>
        fsck(services, { repair: options.repair }),
      );
      if (options.json) printJson(report);
      else printReport(report);
      process.exitCode = report.findings.length > 0 ? EXIT.no : EXIT.yes;
    });
}

function printReport({ speakers, clips, findings }: FsckReport): void {
  for (const { kind, speakerId, uid, clipId, repaired } of findings)
    print(
      [translated(kind), speakerId ?? uid, clipId ?? "", repaired ? t`(repaired)` : ""]
        .filter(Boolean)
        .join("  "),
    );
  const result = findings.length === 0 ? t`all consistent` : t`${findings.length} findings`;
  print(t`${speakers} speakers, ${clips} clips, ${result}`);
}
