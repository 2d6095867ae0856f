import { availableParallelism } from "node:os";
import type { Command } from "commander";
import type { CohortClip } from "../../lib/domain/cohort/clips.ts";
import { enrollOnce } from "../../lib/domain/enrollment/once.ts";
import { failureOf } from "../../lib/domain/failure.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { type ClipId, parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import { badInput } from "../../lib/input-file.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Failure } from "../../lib/ports/upload.ts";
import { clipsIn } from "../clip-sources.ts";
import { EXIT } from "../exit.ts";
import type { Globals } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { withServices } from "../services.ts";

type Options = Globals & { root?: string; consent?: string; force?: boolean };
type Result = { file: string; speaker: SpeakerId; clip: ClipId | null; problem: Failure | null };

export function addEnrollAll(program: Command): void {
  program
    .command("enroll-all")
    .description("enroll a folder of speakers, or a list; run again it goes on where it was")
    .argument("<sources...>", "folders (a subfolder for each speaker) and lists of `path<TAB>speaker`")
    .option("--root <dir>", "what paths in lists are relative to; default: each list's folder")
    .option("--consent <text>", "on what the speakers' consent rests, e.g. a document's number")
    .option("--force", "take recordings that are unlike their speaker's others")
    .action(async (sources: string[], _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const bySpeaker = speakersOf(await clipsIn(sources, options.root));
      const results = await withServices(options, "threads", async (services) => {
        const registry = await ensureRegistry(services, options.registry);
        return enrollEach(services, registry, bySpeaker, options);
      });
      const failed = results.filter(({ problem }) => problem).length;
      warn(
        `${results.length - failed} recordings of ${bySpeaker.size} speakers are enrolled, ${failed} failed.`,
      );
      if (failed > 0) process.exitCode = EXIT.no;
    });
}

/** Refused before anything is enrolled where a recording's speaker is not known. */
function speakersOf(clips: readonly CohortClip[]): Map<SpeakerId, CohortClip[]> {
  const bySpeaker = new Map<SpeakerId, CohortClip[]>();
  for (const clip of clips) {
    // Of a folder the voice is `folder/speaker/...`, of a list the speaker alone.
    const name = clip.voice?.split("/").at(clip.voice.includes("/") ? 1 : 0);
    if (name === undefined)
      throw badInput(
        `${clip.label}: whose is it? Put it into a subfolder, or write path<TAB>speaker in a list.`,
      );
    const speaker = parseSpeakerId(name);
    if (!speaker)
      throw badInput(
        `${clip.label}: "${name}" is no speaker's id: 1 to 128 letters, digits, "_", "." and "-".`,
      );
    bySpeaker.set(speaker, [...(bySpeaker.get(speaker) ?? []), clip]);
  }
  return bySpeaker;
}

/** Several speakers at once, the recordings of one after the other; what is wrong with one recording stops no other. */
async function enrollEach(
  services: Services,
  registry: Registry,
  bySpeaker: ReadonlyMap<SpeakerId, readonly CohortClip[]>,
  { consent, force, json }: Options,
): Promise<Result[]> {
  const total = [...bySpeaker.values()].reduce((sum, clips) => sum + clips.length, 0);
  const bar = progress("enroll", "recordings");
  const results: Result[] = [];
  const waiting = bySpeaker.entries();
  async function work(): Promise<void> {
    for (const [speakerId, clips] of waiting)
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

/** One that the speaker lists already counts as enrolled: an earlier run was broken off. Throws what says nothing of it. */
async function outcome(services: Services, input: Parameters<typeof enrollOnce>[1]) {
  try {
    const [clip] = await enrollOnce(services, input, { retry: true, onStart: async () => undefined });
    return { clip, problem: null };
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    return { clip: null, problem };
  }
}

const textOf = ({ file, speaker, clip, problem }: Result): string =>
  problem ? `${file}: failed: ${problem.detail}` : `${file}: ${speaker}, ${clip}`;
