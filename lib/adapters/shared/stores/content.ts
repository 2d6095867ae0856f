import type { RegistryId } from "../../../id.ts";
import { sha256Of } from "../../../sha256.ts";
import type { Attachments } from "../documents.ts";

/** Stores content under its sha256, 64 hexadecimal digits, and returns that. */
export async function putContent(
  contents: Attachments,
  registryId: RegistryId,
  bytes: Uint8Array,
): Promise<string> {
  const sha256 = sha256Of(bytes);
  await contents.put(registryId, sha256, bytes);
  return sha256;
}

/** Undefined if the content is absent. Throws RangeError if the bytes don't match their sha256. */
export async function readContent(
  contents: Attachments,
  registryId: RegistryId,
  sha256: string,
): Promise<Uint8Array | undefined> {
  const bytes = await contents.get(registryId, sha256);
  if (bytes && sha256Of(bytes) !== sha256) throw new RangeError(`content ${sha256} is damaged`);
  return bytes;
}

/** In order of creation, by the log sequence number that each document got when it was made. */
export const byCreation = (a: { created: string }, b: { created: string }): number =>
  a.created < b.created ? -1 : 1;
