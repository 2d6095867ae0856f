import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure, Upload } from "../../ports/upload.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";
import { enrollOnce } from "../enrollment/once.ts";
import { failureOf } from "../failure.ts";
import { readRegistry } from "../registry/registry.ts";
import { arrivedBytes } from "./use.ts";

type Needs = EnrollNeeds & Pick<Services, "registries" | "uploadFiles" | "uploads">;

/** nothing: no such upload, none that is to be enrolled, none that has arrived, or one that is done. */
export type UploadEnrollment = "enrolled" | "failed" | "nothing";

/**
 * Enrolls an upload that has arrived and is to be. Says what is so and not what has happened: it may be told twice, late, out
 * of order and at once of the same upload, and enrolls it once.
 *
 * throws what passes by itself (a store out of reach, another worker who was first): call it again
 */
export async function enrollUpload(
  services: Needs,
  { registryId, uploadId }: { registryId: RegistryId; uploadId: UploadId },
): Promise<UploadEnrollment> {
  let upload = await services.uploads.get(registryId, uploadId);
  if (!upload?.enroll || (upload.state !== "open" && upload.state !== "enrolling")) return "nothing";
  if (!(await services.uploadFiles.head(registryId, uploadId))) return "nothing";
  const change = async (next: Partial<Upload>) => {
    const changed: Upload = { ...(upload as Upload), ...next, version: (upload as Upload).version + 1 };
    await services.uploads.put(changed);
    upload = changed;
  };
  let problem: Failure | undefined;
  try {
    const bytes = await arrivedBytes(services, upload);
    const { mediaType, enroll } = upload;
    const registry = await readRegistry(services, registryId);
    const clips = await enrollOnce(
      services,
      { registry, speakerId: enroll.speakerId, clips: [{ bytes, mediaType, channel: enroll.channel }] },
      { again: upload.state === "enrolling", begun: () => change({ state: "enrolling" }) },
    );
    await change({ state: "enrolled", clips });
  } catch (error) {
    problem = failureOf(error);
    // Replaced while it was read: what stands there now may be right.
    if (!problem || problem.slug === "upload-changed") throw error;
    await change({ state: "failed", problem });
  }
  await services.uploadFiles.remove(registryId, uploadId);
  return problem ? "failed" : "enrolled";
}
