import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure, Upload } from "../../ports/upload.ts";
import { type AuditNeeds, record } from "../audit/record.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";
import { enrollOnce } from "../enrollment/once.ts";
import { type RegistryEvent, withEvents } from "../event/outgoing.ts";
import { failureOf } from "../failure.ts";
import { quotaFailureOf, withAudioQuota } from "../registry/audio-quota.ts";
import { readRegistry } from "../registry/registry.ts";
import { requireStillAllowed } from "../registry/still-allowed.ts";
import { clipFrom } from "./clip.ts";
import { arrivedFile, forget } from "./use.ts";

type Needs = AuditNeeds &
  EnrollNeeds &
  Pick<Services, "keys" | "limits" | "registries" | "uploadFiles" | "uploads">;

/** nothing: the upload is unknown, has no `enroll`, has not arrived, or is already done. */
type UploadEnrollment = "enrolled" | "failed" | "nothing";

/**
 * Enrolls an upload that has arrived and has `enroll` set. It reads the current state, so calls for
 * the same upload may be repeated, late, out of order or parallel; the upload is enrolled once.
 *
 * throws temporary failures (an unreachable store, another worker that was faster): call it again
 */
export async function enrollUpload(
  services: Needs,
  { registryId, uploadId }: { registryId: RegistryId; uploadId: UploadId },
): Promise<UploadEnrollment> {
  const found = await services.uploads.get(registryId, uploadId);
  if (!found?.enroll || (found.state !== "open" && found.state !== "enrolling")) return "nothing";
  if (!(await services.uploadFiles.head(registryId, uploadId))) return "nothing";
  const { mediaType } = found;
  const { channel, piece, ...enrollment } = found.enroll;
  let upload: Upload = found;
  const change = async (next: Partial<Upload>) => {
    const changed: Upload = { ...upload, ...next, version: upload.version + 1 };
    await withEvents(services, registryId, failedEvents(changed), (outgoing) =>
      services.uploads.put(changed, outgoing),
    );
    upload = changed;
  };
  const details = { upload: uploadId };
  const act = {
    registryId,
    keyId: found.keyId,
    operation: "enroll",
    speakerId: enrollment.speakerId,
    details,
  };
  let problem: Failure | undefined;
  try {
    const key = await requireStillAllowed(services, upload);
    const file = await arrivedFile(services, upload);
    const clip = await clipFrom(services, file, { mediaType, channel, piece }).finally(() => forget(file));
    const registry = await readRegistry(services, registryId);
    const clips = await enrollOnce(
      withAudioQuota(services, key),
      { registry, ...enrollment, clips: [clip] },
      { retry: upload.state === "enrolling", onStart: () => change({ state: "enrolling" }) },
    );
    await record(services, act, "done");
    await change({ state: "enrolled", clips });
  } catch (error) {
    problem = failureOf(error) ?? quotaFailureOf(error);
    // The file was replaced while we read it; the new file may be valid.
    if (!problem || problem.slug === "upload-changed") throw error;
    await record(services, act, problem.slug);
    await change({ state: "failed", problem });
  }
  await services.uploadFiles.remove(registryId, uploadId);
  return problem ? "failed" : "enrolled";
}

const failedEvents = ({ uploadId, state, problem }: Upload): RegistryEvent[] =>
  state === "failed" && problem ? [{ type: "upload.failed", data: { uploadId, problem: problem.slug } }] : [];
