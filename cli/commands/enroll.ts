import type { Command } from "commander";
import type { ClipInput } from "../../lib/audio/types.ts";
import { audited } from "../../lib/domain/audit/record.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { roundedDown, roundedUp } from "../../lib/domain/scoring/speech.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { Enrollment, type EnrollReply } from "../../lib/schema/speaker.ts";
import { clipOf, labelClipErrors, readRecording, type Selected } from "../clip-file.ts";
import {
  channelOption,
  firstSpeechOption,
  type Globals,
  moment,
  segmentOption,
  speakerId,
} from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

type Options = Globals &
  Selected & {
    name?: string;
    consent?: string;
    force?: boolean;
    keepAudio: boolean;
    expiresAt?: Date;
  };

export function addEnroll(program: Command): void {
  program
    .command("enroll")
    .description("add recordings to a speaker, and create the speaker if needed")
    .argument("<speaker>", "your ID for the speaker", speakerId)
    .argument("<files...>", "1 to 10 audio files with at least 2 s of speech each")
    .option("--name <name>", "display name of the speaker")
    .option("--consent <text>", "basis of the speaker's consent, e.g. a document number")
    .option("--expires-at <time>", "date or time (RFC 3339) when the speaker expires", moment)
    .option("--no-keep-audio", "store the voiceprint only, not the recordings")
    .option("--force", "accept a recording that sounds unlike the speaker's others")
    .addOption(channelOption())
    .addOption(segmentOption())
    .addOption(firstSpeechOption())
    .action(async (id: SpeakerId, files: string[], _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { name, consent, force } = options;
      // The option is true by default, and then the registry's setting decides.
      const keepAudio = options.keepAudio ? undefined : false;
      const recordings = await Promise.all(files.map((file) => readRecording(file, options)));
      const reply = await withServices(options, "model", async (services) => {
        const registry = await ensureRegistry(services, options.registry);
        const clips: ClipInput[] = [];
        for (const recording of recordings) clips.push(await clipOf(services.embedder, recording));
        const names = new Map(clips.map((clip, i) => [clip, files[i] ?? "clip"]));
        const embedder = labelClipErrors(services.embedder, names);
        const expiresAt = options.expiresAt?.toISOString();
        const details = { clips: clips.length, ...(force ? { force } : {}) };
        const act = { registryId: registry.registryId, operation: "enroll", speakerId: id, details };
        const input = { registry, speakerId: id, clips, force, name, consent, keepAudio, expiresAt };
        return audited(services, act, () => enroll({ ...services, embedder }, input));
      });
      if (options.json) return printJson(Enrollment.parse(reply));
      printReply(reply, files);
    });
}

function printReply({ created, speaker, clips }: EnrollReply, files: readonly string[]): void {
  for (const [i, clip] of clips.entries()) {
    const file = files[i] ?? "";
    print(t`${file}: ${roundedDown(clip.quality.speechSeconds)} s of speech, ${clip.id}`);
    for (const warning of clip.warnings) warn(t`voiceroll: ${file}: warning: ${translated(warning)}`);
    for (const { id, cosine } of clip.similarSpeakers)
      warn(t`voiceroll: ${file}: sounds like speaker ${id} (cosine ${cosine.toFixed(3)})`);
  }
  const remaining = speaker.remainingSpeechSeconds;
  const advice = remaining > 0 ? t`; enrollment needs ${roundedUp(remaining)} s more` : "";
  const total = t`${speaker.clips} clips, ${roundedDown(speaker.speechSeconds)} s of speech`;
  const status = translated(speaker.status);
  print(`${speaker.id}: ${created ? t`new, ${status}` : status}, ${total}${advice}`);
}
