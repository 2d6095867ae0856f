import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";
import { enrollOnce } from "../enrollment/once.ts";
import { failureOf } from "../failure.ts";
import { readRegistry } from "../registry/registry.ts";
import { consumeUpload, type HeldUpload, releaseUpload } from "../upload/use.ts";
import { lineRecording } from "./line-recording.ts";
import type { LineAudio, ManifestLine } from "./lines.ts";
import { TRIES } from "./needs.ts";

type Needs = EnrollNeeds & Pick<Services, "registries" | "uploadFiles" | "uploads">;
/** `settle`: call it once the result is stored. */
type LineOutcome = { result: Omit<JobResult, "line">; settle(): Promise<void> };

/**
 * Enrolls the line after `job.done`. Continues an earlier attempt that may have enrolled clips
 * before it crashed.
 *
 * save    stores the number of attempts before each one
 * report  receives defects that cost an attempt
 */
export async function enrollLine(
  services: Needs,
  job: Job,
  line: ManifestLine,
  {
    save,
    report,
  }: {
    save(change: Partial<Job>): Promise<void>;
    report?: ((error: unknown) => void) | undefined;
  },
): Promise<LineOutcome> {
  if ("problem" in line) return failedLine(undefined, line.problem);
  const { speakerId, audio, ...details } = line;
  for (let { tries } = job; tries < TRIES; tries++) {
    const held: HeldUpload[] = [];
    try {
      const clips = await recordings(services, job, audio, held);
      const registry = await readRegistry(services, job.registryId);
      const input = { registry, speakerId, ...details, clips: withChannel(clips, line.channel) };
      const onStart = () => save({ tries: tries + 1 });
      const ids = await enrollOnce(services, input, { retry: tries > 0, onStart });
      return {
        result: { speakerId, clips: ids, problem: undefined },
        settle: async () => void (await Promise.all(held.map((one) => consumeUpload(services, one)))),
      };
    } catch (error) {
      const problem = failureOf(error);
      if (problem) {
        await Promise.all(held.map((one) => releaseUpload(services, one)));
        return failedLine(speakerId, problem);
      }
      if (error instanceof AppError && error.slug !== "internal-error") {
        // This failure isn't the line's fault, so the job is retried. Only the first attempt stays
        // counted: the next one must know that there was one.
        if (tries > 0) await save({ tries });
        throw error;
      }
      report?.(error);
    }
  }
  const detail = `This line failed ${TRIES} times because of an internal error. The service's log has the details.`;
  return failedLine(speakerId, { slug: "internal-error", detail });
}

const failedLine = (speakerId: JobResult["speakerId"], problem: JobResult["problem"]): LineOutcome => ({
  result: { speakerId, clips: [], problem },
  settle: async () => undefined,
});

const withChannel = (clips: readonly ClipInput[], channel: number | undefined): ClipInput[] =>
  clips.map((clip) => ({ ...clip, channel: clip.channel ?? channel }));

async function recordings(
  services: Needs,
  { registryId, jobId, done }: Job,
  audio: readonly LineAudio[],
  held: HeldUpload[],
): Promise<ClipInput[]> {
  const clips: ClipInput[] = [];
  for (const [i, source] of audio.entries())
    clips.push(await lineRecording(services, registryId, source, { holder: `${jobId} ${done} ${i}`, held }));
  return clips;
}
