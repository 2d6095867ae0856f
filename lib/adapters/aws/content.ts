import type { RegistryId } from "../../id.ts";
import { sha256Of } from "../../sha256.ts";
import type { Blobs } from "./blobs.ts";

const LENGTH_BYTES = 4;

/** Where content that is too large for an item stands: by its registry and its own sha256 (64 hexadecimal digits). */
export const contentKey = (registryId: RegistryId, sha256: string): string =>
  `cohorts/${registryId}/${sha256}`;

/** JSON and bytes in one: the JSON's length (4 bytes, little-endian), the JSON, the bytes. */
export function joined(head: unknown, rest: Uint8Array): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(json.length);
  return new Uint8Array(Buffer.concat([length, json, rest]));
}

export function parted(bytes: Uint8Array): { head: unknown; rest: Uint8Array } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = LENGTH_BYTES + buffer.readUInt32LE();
  return { head: JSON.parse(buffer.toString("utf8", LENGTH_BYTES, end)), rest: bytes.subarray(end) };
}

/** The content by its sha256; undefined where it is not there. Throws RangeError where it is not what was put. */
export async function readContent(
  blobs: Blobs,
  registryId: RegistryId,
  sha256: string,
): Promise<Uint8Array | undefined> {
  const found = await blobs.get(contentKey(registryId, sha256));
  if (found && sha256Of(found.bytes) !== sha256) throw new RangeError(`${sha256} is not what it was`);
  return found?.bytes;
}
