import type { Command } from "commander";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { SpeakerId } from "../../lib/id.ts";
import type { EnrollReply } from "../../lib/schema/speaker.ts";
import { labelClipErrors, readClip } from "../clip-file.ts";
import { channelOption, type Globals, speakerId } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { withServices } from "../services.ts";

type Options = Globals & { name?: string; consent?: string; force?: boolean; channel?: number };

export function addEnroll(program: Command): void {
  program
    .command("enroll")
    .description("add recordings to a speaker; makes the speaker if absent")
    .argument("<speaker>", "your own id for the speaker", speakerId)
    .argument("<files...>", "1 to 10 audio files, each with 2 s of speech or more")
    .option("--name <name>", "the speaker's name, for people")
    .option("--consent <text>", "on what the speaker's consent rests, e.g. a document's number")
    .option("--force", "take a recording that is unlike the speaker's others")
    .addOption(channelOption())
    .action(async (id: SpeakerId, files: string[], _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { name, consent, force } = options;
      const clips = await Promise.all(files.map((file) => readClip(file, options.channel)));
      const reply = await withServices(options, "model", async (services) => {
        const registry = await ensureRegistry(services, options.registry);
        const names = new Map(clips.map((clip, i) => [clip, files[i]]));
        const embedder = labelClipErrors(services.embedder, names);
        return enroll({ ...services, embedder }, { registry, speakerId: id, clips, force, name, consent });
      });
      if (options.json) return printJson(reply);
      tell(reply, files);
    });
}

function tell({ created, speaker, clips }: EnrollReply, files: readonly string[]): void {
  for (const [i, clip] of clips.entries()) {
    print(`${files[i]}: ${clip.quality.speechSeconds.toFixed(1)} s of speech, ${clip.id}`);
    for (const warning of clip.warnings) warn(`voiceroll: ${files[i]}: warning: ${warning}`);
    for (const { id, cosine } of clip.similarSpeakers)
      warn(`voiceroll: ${files[i]}: sounds like ${id} (cosine ${cosine.toFixed(3)})`);
  }
  const more = speaker.remainingSpeechSeconds;
  const rest = more > 0 ? `; ${more.toFixed(1)} s more until enrolled` : "";
  const sum = `${speaker.clips} clips, ${speaker.speechSeconds.toFixed(1)} s of speech`;
  print(`${speaker.id}: ${created ? "new, " : ""}${speaker.status}, ${sum}${rest}`);
}
