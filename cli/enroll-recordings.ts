import { availableParallelism } from "node:os";
import type { ClipInput } from "../lib/audio/types.ts";
import { audited } from "../lib/domain/audit/record.ts";
import { enrollOnce } from "../lib/domain/enrollment/once.ts";
import type { EnrollDetails } from "../lib/domain/enrollment/records.ts";
import { failureOf } from "../lib/domain/failure.ts";
import type { ClipId, SpeakerId } from "../lib/id.ts";
import type { Embedder } from "../lib/ports/model.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Services } from "../lib/ports/services.ts";
import type { Failure } from "../lib/ports/upload.ts";
import { print, printJson } from "./print.ts";
import { progress } from "./progress.ts";
import { t, translated } from "./text/language.ts";

/**
 * A recording to enroll. `read` is called when its turn comes; if it fails, so does the recording.
 */
export type ToEnroll = { label: string; read(embedder: Embedder): Promise<ClipInput> };
export type SpeakerToEnroll = {
  speakerId: SpeakerId;
  recordings: readonly ToEnroll[];
  details?: EnrollDetails | undefined;
};
export type Enrolled = { file: string; speaker: string; clip: ClipId | null; problem: Failure | null };

type Options = { consent?: string | undefined; force?: boolean | undefined };
type Input = {
  registry: Registry;
  speakers: readonly SpeakerToEnroll[];
  options: Options;
  /** Prints a result. */
  show(result: Enrolled): void;
};

/**
 * Enrolls speakers in parallel and the recordings of one speaker in order. A failed recording
 * doesn't stop the rest.
 */
export async function enrollRecordings(
  services: Services,
  { registry, speakers, options, show }: Input,
): Promise<Enrolled[]> {
  const total = speakers.reduce((sum, { recordings }) => sum + recordings.length, 0);
  const bar = progress(t`enroll`, t`recordings`);
  const results: Enrolled[] = [];
  // The workers share one iterator, so each speaker goes to one of them.
  const queue = speakers.values();
  async function work(): Promise<void> {
    for (const { speakerId, recordings, details } of queue)
      for (const { label, read } of recordings) {
        const input = { registry, speakerId, ...options, ...details };
        const done = await outcome(services, input, () => read(services.embedder));
        const result = { file: label, speaker: speakerId, ...done };
        results.push(result);
        show(result);
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

type OneClip = Omit<Parameters<typeof enrollOnce>[1], "clips">;

/**
 * Enrolls one recording. A recording that the speaker already has counts as enrolled, because an
 * earlier run may have been interrupted. Throws errors that are not about the recording.
 */
async function outcome(services: Services, input: OneClip, read: () => Promise<ClipInput>) {
  try {
    const { registry, speakerId, force } = input;
    const clips = [await read()];
    const details = { clips: 1, ...(force ? { force } : {}) };
    const act = { registryId: registry.registryId, operation: "enroll", speakerId, details };
    const [clip] = await audited(services, act, () =>
      enrollOnce(services, { ...input, clips }, { retry: true, onStart: async () => undefined }),
    );
    return { clip: clip ?? null, problem: null };
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    return { clip: null, problem };
  }
}

/** Prints a result as a line, or as JSON. */
export const showEnrolled =
  (json: boolean) =>
  (result: Enrolled): void =>
    json ? printJson(result) : print(textOf(result));

export const textOf = ({ file, speaker, clip, problem }: Enrolled): string =>
  problem ? t`${file}: failed: ${translated(problem.detail)}` : `${file}: ${speaker}, ${clip}`;
