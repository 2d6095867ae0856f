import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { dropClip } from "../speaker/stored-clip.ts";
import { orphanAudio, recordingsOf } from "./fsck.ts";

type Needs = Pick<
  Services,
  "backgroundTasks" | "clips" | "clock" | "random" | "speakers" | "uploadFiles" | "uploads"
>;
type SweepCounts = { uploads: number; clips: number };

/**
 * Deletes the files of expired and used uploads, and audio that an interrupted enrollment stored.
 * Queues the enrollment of an upload that has arrived and still waits for it. Safe to run during
 * enrollments.
 *
 * returns how many files were deleted
 */
export async function sweep(
  services: Needs,
  input: { registryId: RegistryId; signal?: AbortSignal | undefined },
): Promise<SweepCounts> {
  const { registryId, signal } = input;
  const uploads = await sweepUploads(services, registryId);
  if (signal?.aborted) return { uploads, clips: 0 };
  const listed = new Set<string>();
  for await (const speaker of everySpeaker(services, registryId))
    for (const name of recordingsOf(speaker)) listed.add(name);
  let clips = 0;
  for (const { kind, uid, clipId } of await orphanAudio(services, registryId, listed)) {
    if (signal?.aborted) break;
    if (kind !== "orphan-audio" || !clipId) continue;
    await dropClip(services, { registryId, uid, clipId });
    clips += 1;
  }
  return { uploads, clips };
}

/** Sweeps every registry in turn; stops on the signal. */
export async function sweepAll(
  services: Needs & Pick<Services, "registries">,
  signal: AbortSignal,
): Promise<SweepCounts> {
  const total = { uploads: 0, clips: 0 };
  for (const { registryId } of await services.registries.list()) {
    if (signal.aborted) break;
    const { uploads, clips } = await sweep(services, { registryId, signal });
    total.uploads += uploads;
    total.clips += clips;
    await services.backgroundTasks.add({ kind: "finish-erasures", registryId });
  }
  return total;
}

async function sweepUploads(services: Needs, registryId: RegistryId): Promise<number> {
  let erased = 0;
  for (const uploadId of await services.uploadFiles.list(registryId)) {
    const upload = await services.uploads.get(registryId, uploadId);
    const waits = upload?.state === "open" || upload?.state === "enrolling";
    if (waits && upload.enroll)
      await services.backgroundTasks.add({ kind: "enroll-upload", registryId, uploadId });
    if (waits || upload?.state === "held") continue;
    await services.uploadFiles.remove(registryId, uploadId);
    erased += 1;
  }
  return erased;
}
