import { AppError } from "../../error.ts";
import type { SpeakerId } from "../../id.ts";
import type { ClipOutcome, Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure } from "../../ports/upload.ts";
import { sha256Of } from "../../sha256.ts";
import { type EnrollNeeds, enroll } from "../enrollment/enroll.ts";
import { enrollOnce } from "../enrollment/once.ts";
import { failureOf } from "../failure.ts";
import { readRegistry } from "../registry/registry.ts";
import { consumeUpload, type HeldUpload, releaseUpload } from "../upload/use.ts";
import { lineRecording } from "./line-recording.ts";
import type { LineAudio, ManifestLine } from "./lines.ts";
import { TRIES } from "./needs.ts";

type Needs = EnrollNeeds & Pick<Services, "registries" | "uploadFiles" | "uploads" | "uriFiles">;
type Enrollment = Exclude<ManifestLine, { problem: Failure }>;
/** `settle`: call it once the result is stored. */
type LineOutcome = { result: Omit<JobResult, "line">; settle(): Promise<void> };

/**
 * Enrolls the line after `job.done`, clip by clip: a bad clip doesn't stop the others. Continues an
 * earlier attempt that may have enrolled clips before it crashed.
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
  for (let { tries } = job; tries < TRIES; tries++) {
    await save({ tries: tries + 1 });
    const held: HeldUpload[] = [];
    try {
      const outcomes: ClipOutcome[] = [];
      for (const [place, source] of line.audio.entries())
        outcomes.push(await enrollClip(services, job, line, { place, source, held }));
      return {
        result: resultOf(line.speakerId, outcomes),
        settle: async () => void (await Promise.all(held.map((one) => consumeUpload(services, one)))),
      };
    } catch (error) {
      // This failure isn't the line's fault, so it doesn't count as an attempt. The job is retried.
      if (error instanceof AppError && error.slug !== "internal-error") {
        await save({ tries });
        throw error;
      }
      report?.(error);
    }
  }
  const detail = `This line failed ${TRIES} times because of an internal error. The service's log has the details.`;
  return failedLine(line.speakerId, { slug: "internal-error", detail });
}

const failedLine = (speakerId: JobResult["speakerId"], problem: JobResult["problem"]): LineOutcome => ({
  result: { speakerId, clips: [], problem },
  settle: async () => undefined,
});

/** A line of which no clip was enrolled has the problem of its first clip. */
function resultOf(speakerId: SpeakerId, outcomes: readonly ClipOutcome[]): LineOutcome["result"] {
  const clips = outcomes.flatMap((outcome) => ("clipId" in outcome ? [outcome.clipId] : []));
  const [problem] = outcomes.flatMap((outcome) => ("problem" in outcome ? [outcome.problem] : []));
  return {
    speakerId,
    clips,
    outcomes: outcomes.length > 1 ? outcomes : undefined,
    problem: clips.length === 0 ? problem : undefined,
  };
}

/** held: receives the upload of a clip that was enrolled */
async function enrollClip(
  services: Needs,
  job: Job,
  { speakerId, audio: _audio, request, channel, ...details }: Enrollment,
  { place, source, held }: { place: number; source: LineAudio; held: HeldUpload[] },
): Promise<ClipOutcome> {
  const { registryId } = job;
  const name = `${job.jobId} ${job.done} ${place}`;
  const own: HeldUpload[] = [];
  try {
    const clip = await lineRecording(services, registryId, source, { holder: name, held: own, channel });
    const registry = await readRegistry(services, registryId);
    // An earlier attempt at this line, or another worker, may have enrolled the clip already.
    const attempt = { mark: markOf(name), retry: true };
    const input = { registry, speakerId, ...details, clips: [clip], attempt };
    // A request may name recordings that the speaker has: they stay.
    const [clipId] = request
      ? await enrollOnce(services, input, { retry: true, onStart: async () => undefined })
      : (await enroll(services, input)).clips.map(({ id }) => id);
    if (!clipId) throw new RangeError("an enrollment without a clip");
    // Another clip of this line may use the same upload in part.
    for (const one of own) one.inPart ? await releaseUpload(services, one) : held.push(one);
    return { clipId };
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    await Promise.all(own.map((one) => releaseUpload(services, one)));
    return { problem };
  }
}

const markOf = (name: string): string => sha256Of(new TextEncoder().encode(name)).slice(0, 32);
