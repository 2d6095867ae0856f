import type { Command } from "commander";
import { audioExtensions } from "../../lib/audio/formats/formats.ts";
import type { CohortClip } from "../../lib/domain/cohort/clips.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import { badInput } from "../../lib/input-file.ts";
import { clipsIn, skippedFilesIn } from "../clip-sources.ts";
import { enrollRecordings, showEnrolled } from "../enroll-recordings.ts";
import { EXIT } from "../exit.ts";
import { channelOption, type Globals } from "../options.ts";
import { warn } from "../print.ts";
import { withServices } from "../services.ts";
import { t } from "../text/language.ts";

type Options = Globals & { root?: string; channel?: number; consent?: string; force?: boolean };

export function addEnrollAll(program: Command): void {
  program
    .command("enroll-all")
    .description("enroll a folder of speakers, or a list; run it again to resume")
    .argument("<sources...>", "folders (a subfolder for each speaker) and lists of `path<TAB>speaker`")
    .option("--root <dir>", "folder that paths in lists start from; default: each list's folder")
    .addOption(channelOption())
    .option("--consent <text>", "basis of the speakers' consent, e.g. a document number")
    .option("--force", "accept recordings that sound unlike their speaker's others")
    .action(async (sources: string[], _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const bySpeaker = speakersOf(await clipsIn(sources, options.root, options.channel));
      const results = await withServices(options, "threads", async (services) => {
        const registry = await ensureRegistry(services, options.registry);
        const speakers = [...bySpeaker].map(([speakerId, recordings]) => ({ speakerId, recordings }));
        const { consent, force, json } = options;
        const show = showEnrolled(json);
        return enrollRecordings(services, { registry, speakers, options: { consent, force }, show });
      });
      const failed = results.filter(({ problem }) => problem).length;
      warn(
        t`${results.length - failed} recordings of ${bySpeaker.size} speakers are enrolled, ${failed} failed.`,
      );
      const skipped = await skippedFilesIn(sources);
      for (const path of skipped)
        warn(t`${path}: skipped: it isn't a recording (${audioExtensions.join(", ")})`);
      if (failed > 0 || skipped.length > 0) process.exitCode = EXIT.no;
    });
}

/**
 * Groups the clips by speaker. Throws before anything is enrolled if a clip has no valid speaker
 * ID.
 */
export function speakersOf<C extends CohortClip>(clips: readonly C[]): Map<SpeakerId, C[]> {
  const bySpeaker = new Map<SpeakerId, C[]>();
  for (const clip of clips) {
    // The voice is `folder/speaker/...` in a folder, and `speaker` in a list.
    const name = clip.voice?.split("/").at(clip.voice.includes("/") ? 1 : 0);
    if (name === undefined)
      throw badInput(
        `${clip.label}: The speaker is missing. Put the file in a subfolder named after the speaker, ` +
          "or write path<TAB>speaker in a list.",
      );
    const speaker = parseSpeakerId(name);
    if (!speaker)
      throw badInput(
        `${clip.label}: "${name}" is not a valid speaker ID. Use 1 to 128 letters, digits, "_", "." ` +
          'and "-", starting with a letter or digit.',
      );
    bySpeaker.set(speaker, [...(bySpeaker.get(speaker) ?? []), clip]);
  }
  return bySpeaker;
}
