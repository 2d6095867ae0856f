import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { type LostSpeaker, type ReembedReport, reembed } from "../../lib/domain/job/reembed.ts";
import type { Services } from "../../lib/ports/services.ts";
import { EXIT } from "../exit.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { progress } from "../progress.ts";
import { withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

export function addReembed(models: Command): void {
  models
    .command("reembed")
    .description("rebuild voiceprints of other models, in all registries, from the stored recordings")
    .addHelpText(
      "after",
      t`\nAn interrupted run resumes when you run it again. Exit code 1: some speakers must enroll again.`,
    )
    .action((_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      return withServices(options, "threads", (services) => reembedAll(services, options));
    });
}

export async function reembedAll(services: Services, { json }: Pick<Globals, "json">): Promise<void> {
  const bar = progress(t`re-embedding`);
  const how = { width: 2 * availableParallelism(), onProgress: bar.show };
  const report = await reembed(services, how).finally(bar.end);
  if (json) printJson(report);
  else printReport(report);
  process.exitCode = report.needsReenrollment.length > 0 ? EXIT.no : EXIT.yes;
}

function printReport({ speakers, clips, needsReenrollment }: ReembedReport): void {
  for (const speaker of needsReenrollment) print(lostText(speaker));
  const lost =
    needsReenrollment.length > 0 ? t`; ${needsReenrollment.length} must be reset and enroll again` : "";
  print(t`${speakers} speakers rebuilt from ${clips} clips` + lost);
}

const lostText = ({ speakerId, clips }: LostSpeaker): string => {
  const reasons = clips.map(({ clipId, why }) => `${clipId} ${translated(why)}`);
  return `${speakerId}  ${t`needs-reenrollment`}  ${reasons.join(", ")}`;
};
