import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { type LostSpeaker, type ReembedReport, reembed } from "../../lib/domain/job/reembed.ts";
import { EXIT } from "../exit.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { progress } from "../progress.ts";
import { withServices } from "../services.ts";

export function addReembed(models: Command): void {
  models
    .command("reembed")
    .description("rebuild voiceprints of other models, in all registries, from the stored recordings")
    .addHelpText(
      "after",
      "\nAn interrupted run resumes when you run it again. Exit code 1: some speakers must enroll again.",
    )
    .action((_own, command: Command) => reembedAll(command.optsWithGlobals<Globals>()));
}

export async function reembedAll(options: Globals): Promise<void> {
  const bar = progress("re-embedding");
  const report = await withServices(options, "threads", (services) =>
    reembed(services, { width: 2 * availableParallelism(), onProgress: bar.show }),
  ).finally(bar.end);
  if (options.json) printJson(report);
  else printReport(report);
  process.exitCode = report.needsReenrollment.length > 0 ? EXIT.no : EXIT.yes;
}

function printReport({ speakers, clips, needsReenrollment }: ReembedReport): void {
  for (const speaker of needsReenrollment) print(lostText(speaker));
  const lost =
    needsReenrollment.length > 0 ? `; ${needsReenrollment.length} must be reset and enroll again` : "";
  print(`${speakers} speakers rebuilt from ${clips} clips${lost}`);
}

const lostText = ({ speakerId, clips }: LostSpeaker): string =>
  `${speakerId}  needs-reenrollment  ${clips.map(({ clipId, why }) => `${clipId} ${why}`).join(", ")}`;
