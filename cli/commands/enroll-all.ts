import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { audioExtensions } from "../../lib/audio/formats/formats.ts";
import { audited } from "../../lib/domain/audit/record.ts";
import type { CohortClip } from "../../lib/domain/cohort/clips.ts";
import { enrollOnce } from "../../lib/domain/enrollment/once.ts";
import { failureOf } from "../../lib/domain/failure.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { type ClipId, parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import { badInput } from "../../lib/input-file.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Failure } from "../../lib/ports/upload.ts";
import { clipsIn, skippedFilesIn } from "../clip-sources.ts";
import { EXIT } from "../exit.ts";
import { channelOption, type Globals } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

type Options = Globals & { root?: string; channel?: number; consent?: string; force?: boolean };
type Result = { file: string; speaker: SpeakerId; clip: ClipId | null; problem: Failure | null };

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
        return enrollEach(services, registry, bySpeaker, options);
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
function speakersOf(clips: readonly CohortClip[]): Map<SpeakerId, CohortClip[]> {
  const bySpeaker = new Map<SpeakerId, CohortClip[]>();
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

/**
 * Enrolls speakers in parallel and the recordings of one speaker in order. A failed recording
 * doesn't stop the rest.
 */
async function enrollEach(
  services: Services,
  registry: Registry,
  bySpeaker: ReadonlyMap<SpeakerId, readonly CohortClip[]>,
  { consent, force, json }: Options,
): Promise<Result[]> {
  const total = [...bySpeaker.values()].reduce((sum, clips) => sum + clips.length, 0);
  const bar = progress(t`enroll`, t`recordings`);
  const results: Result[] = [];
  // The workers share one iterator, so each speaker goes to one of them.
  const queue = bySpeaker.entries();
  async function work(): Promise<void> {
    for (const [speakerId, clips] of queue)
      for (const clip of clips) {
        const input = { registry, speakerId, clips: [await clip.read()], consent, force };
        const result = { file: clip.label, speaker: speakerId, ...(await outcome(services, input)) };
        results.push(result);
        if (json) printJson(result);
        else print(textOf(result));
        bar.show(results.length, total);
      }
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    bar.end();
  }
  return results;
}

/**
 * Enrolls one recording. A recording that the speaker already has counts as enrolled, because an
 * earlier run may have been interrupted. Throws errors that are not about the recording.
 */
async function outcome(services: Services, input: Parameters<typeof enrollOnce>[1]) {
  try {
    const { registry, speakerId, force } = input;
    const details = { clips: 1, ...(force ? { force } : {}) };
    const act = { registryId: registry.registryId, operation: "enroll", speakerId, details };
    const [clip] = await audited(services, act, () =>
      enrollOnce(services, input, { retry: true, onStart: async () => undefined }),
    );
    return { clip: clip ?? null, problem: null };
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    return { clip: null, problem };
  }
}

const textOf = ({ file, speaker, clip, problem }: Result): string =>
  problem ? t`${file}: failed: ${translated(problem.detail)}` : `${file}: ${speaker}, ${clip}`;
