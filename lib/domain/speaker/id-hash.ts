import { createHmac } from "node:crypto";
import { AppError } from "../../error.ts";
import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { SpeakerKey } from "./speaker.ts";

/**
 * HMAC-SHA256 of a speaker's ID with the deployment's secret, 64 hexadecimal digits. Without the
 * secret, the ID can't be found by trying names.
 */
export const hashOfId = (secret: Uint8Array, registryId: RegistryId, speakerId: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["speaker", registryId, speakerId]))
    .digest("hex");

/** True if a person with this ID opted out and was then erased. */
export const hasOptedOut = (
  services: Pick<Services, "optOuts" | "secret">,
  { registryId, speakerId }: SpeakerKey,
): Promise<boolean> => services.optOuts.has(registryId, hashOfId(services.secret, registryId, speakerId));

/** Call it for an ID that no speaker has. Throws `speaker-opted-out`. */
export async function refuseOptedOutId(
  services: Pick<Services, "optOuts" | "secret">,
  key: SpeakerKey,
): Promise<void> {
  if (await hasOptedOut(services, key))
    throw new AppError("speaker-opted-out", `${key.speakerId} has opted out and can't be enrolled.`);
}
