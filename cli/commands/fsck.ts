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
    .description("compare every voiceprint, in all registries, with the clips it is made of")
    .option("--repair", "mend what can be mended exactly")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const report = await withServices(options, "none", (services) =>
        fsck(services, { repair: options.repair }),
      );
      if (options.json) printJson(report);
      else tell(report);
      process.exitCode = report.findings.length > 0 ? EXIT.no : EXIT.yes;
    });
}

function tell({ speakers, clips, findings }: FsckReport): void {
  for (const { kind, speakerId, uid, clipId, repaired } of findings)
    print([kind, speakerId ?? uid, clipId ?? "", repaired ? "(repaired)" : ""].filter(Boolean).join("  "));
  print(
    `${speakers} speakers, ${clips} clips, ${findings.length === 0 ? "all consistent" : `${findings.length} findings`}`,
  );
}
