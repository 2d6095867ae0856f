import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { readRegistry } from "../registry/registry.ts";
import type { ErasureReceipt } from "../speaker/erasure-receipt.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { dropUnlisted } from "../speaker/evidence.ts";
import { orphanAudio, recordingsOf } from "./fsck.ts";
import { requireSwept, sweepRetention } from "./retention.ts";

type Needs = Parameters<typeof sweepRetention>[0] & Pick<Services, "registries" | "uploadFiles" | "uploads">;
type SweepCounts = { uploads: number; clips: number; speakers: number };
type Input = {
  registryId: RegistryId;
  signal?: AbortSignal | undefined;
  /** Called with the receipt of each expired speaker that was erased. */
  onErased?: ((receipt: ErasureReceipt) => void) | undefined;
};

/**
 * Erases expired speakers. Deletes the files of expired and used uploads, and audio that an
 * interrupted enrollment stored. Queues the enrollment of an upload that has arrived and still
 * waits for it. Safe to run during enrollments.
 *
 * returns how many files were deleted and how many speakers were erased
 * throws  RangeError, after the rest of the sweep, if the clock may be wrong (retention.ts)
 */
export async function sweep(services: Needs, input: Input): Promise<SweepCounts> {
  const { registryId, signal } = input;
  const registry = await readRegistry(services, registryId);
  const files = await sweepFiles(services, input);
  if (signal?.aborted) return { ...files, speakers: 0 };
  const swept = await sweepRetention(services, { registry, signal });
  for (const receipt of swept.erased) input.onErased?.(receipt);
  requireSwept(registry, swept);
  return { ...files, speakers: swept.erased.length };
}

async function sweepFiles(
  services: Needs,
  { registryId, signal }: Input,
): Promise<Omit<SweepCounts, "speakers">> {
  const uploads = await sweepUploads(services, registryId);
  if (signal?.aborted) return { uploads, clips: 0 };
  const listed = new Set<string>();
  for await (const speaker of everySpeaker(services, registryId))
    for (const name of recordingsOf(speaker)) listed.add(name);
  let clips = 0;
  for (const { kind, uid, clipId } of await orphanAudio(services, registryId, listed)) {
    if (signal?.aborted) break;
    if (kind !== "orphan-audio" || !clipId) continue;
    await dropUnlisted(services, { registryId, uid, clipId });
    clips += 1;
  }
  return { uploads, clips };
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
