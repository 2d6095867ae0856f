import { createHmac } from "node:crypto";
import { AppError } from "../../error.ts";
import type { RegistryId } from "../../id.ts";
import type { Secrets, Services } from "../../ports/services.ts";
import { everySecret } from "../secrets.ts";
import type { SpeakerKey } from "./speaker.ts";

/**
 * HMAC-SHA256 of a speaker's ID with the deployment's secret, 64 hexadecimal digits. Without the
 * secret, the ID can't be found by trying names.
 */
export const hashOfId = (secret: Uint8Array, registryId: RegistryId, speakerId: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["speaker", registryId, speakerId]))
    .digest("hex");

/**
 * The hashes that an ID can have in records: those by the deployment's secret and by former ones.
 */
export const hashesOfId = (secrets: Secrets, registryId: RegistryId, speakerId: string): string[] =>
  everySecret(secrets).map((secret) => hashOfId(secret, registryId, speakerId));

/** True if a person with this ID opted out and was then erased. */
export async function hasOptedOut(
  services: Pick<Services, "optOuts"> & Secrets,
  { registryId, speakerId }: SpeakerKey,
): Promise<boolean> {
  for (const hash of hashesOfId(services, registryId, speakerId))
    if (await services.optOuts.has(registryId, hash)) return true;
  return false;
}

/** Call it for an ID that no speaker has. Throws `speaker-opted-out`. */
export async function refuseOptedOutId(
  services: Pick<Services, "optOuts"> & Secrets,
  key: SpeakerKey,
): Promise<void> {
  if (await hasOptedOut(services, key))
    throw new AppError("speaker-opted-out", `${key.speakerId} has opted out and can't be enrolled.`);
}
