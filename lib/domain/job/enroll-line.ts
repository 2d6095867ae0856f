import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { RegistryId } from "../../id.ts";
import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";
import { enrollOnce } from "../enrollment/once.ts";
import { failureOf } from "../failure.ts";
import { readRegistry } from "../registry/registry.ts";
import { storedRecording } from "../speaker/recording.ts";
import { consumeUpload, type HeldUpload, holdUpload, releaseUpload } from "../upload/use.ts";
import type { LineAudio, ManifestLine } from "./job.ts";

type Needs = EnrollNeeds & Pick<Services, "registries" | "uploadFiles" | "uploads">;
/** `settle`: what remains to be done once the result is stored. */
export type Outcome = { result: Omit<JobResult, "line">; settle(): Promise<void> };

/** Attempts that a line may end by ending the process, or by a defect, until the job goes on without it. */
const TRIES = 3;

/** The line after `job.done`. An attempt that began before, and ended nobody knows how, is gone on with. */
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
): Promise<Outcome> {
  if ("problem" in line) return refused(undefined, line.problem);
  const { speakerId, audio, ...details } = line;
  const held: HeldUpload[] = [];
  for (let { tries } = job; tries < TRIES; tries++) {
    try {
      const clips = await recordings(services, job, audio, held);
      const registry = await readRegistry(services, job.registryId);
      const input = { registry, speakerId, ...details, clips: withChannel(clips, line.channel) };
      const begun = () => save({ tries: tries + 1 });
      const ids = await enrollOnce(services, input, { again: tries > 0, begun });
      return {
        result: { speakerId, clips: ids, problem: undefined },
        settle: async () => void (await Promise.all(held.map((one) => consumeUpload(services, one)))),
      };
    } catch (error) {
      const problem = failureOf(error);
      if (problem) {
        await Promise.all(held.splice(0).map((one) => releaseUpload(services, one)));
        return refused(speakerId, problem);
      }
      // It says nothing of the line, and costs it no attempt: the job is taken up again.
      if (error instanceof AppError && error.slug !== "internal-error") throw error;
      report?.(error);
      held.splice(0);
    }
  }
  const detail = `It could not be worked on: ${TRIES} attempts ended in a fault here. The service's log says which.`;
  return refused(speakerId, { slug: "internal-error", detail });
}

const refused = (speakerId: JobResult["speakerId"], problem: JobResult["problem"]): Outcome => ({
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
    clips.push(await recording(services, registryId, source, { holder: `${jobId} ${done} ${i}`, held }));
  return clips;
}

async function recording(
  services: Needs,
  registryId: RegistryId,
  source: LineAudio,
  { holder, held }: { holder: string; held: HeldUpload[] },
): Promise<ClipInput> {
  if ("base64" in source)
    return { bytes: new Uint8Array(Buffer.from(source.base64, "base64")), mediaType: source.mediaType };
  if ("clip" in source)
    return storedRecording(services, { registryId, speakerId: source.speaker, clipId: source.clip });
  const one = await holdUpload(services, { registryId, uploadId: source.upload, holder });
  held.push(one);
  return { bytes: one.bytes, mediaType: one.upload.mediaType };
}
