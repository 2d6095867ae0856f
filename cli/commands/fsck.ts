import type { Command } from "commander";
import { type FsckReport, fsck } from "../../lib/domain/maintenance/fsck.ts";
import { EXIT } from "../exit.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { withServices } from "../services.ts";

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
    print([kind, speakerId ?? uid, clipId ?? "", repaired ? "(repaired)" : ""].filter(Boolean).join("  "));
  const result = findings.length === 0 ? "all consistent" : `${findings.length} findings`;
  print(`${speakers} speakers, ${clips} clips, ${result}`);
}
