import type { ModelId, RegistryId } from "../../id.ts";
import { sha256Of } from "../../sha256.ts";
import type { Blobs } from "./blobs.ts";
import { TOMBSTONE_DAYS } from "./requests-speakers.ts";
import { packVoices, unpackVoices, type Voice } from "./snapshot-codec.ts";

/**
 * The change log records erasures for TOMBSTONE_DAYS, so a snapshot of half that age misses none.
 */
export const STALE_MS = (TOMBSTONE_DAYS / 2) * 86_400_000;
const MOST_ATTEMPTS = 3;
const FORMAT = 1;

/**
 * The small object that names the large one. furthest: the last entry of the change log that is in
 * it
 */
type Head = {
  format: number;
  object: string;
  sha256: string;
  count: number;
  furthest: string | undefined;
  /** Epoch milliseconds at which the log was read. */
  at: number;
};
/** A head and the etag of its object. null: there is no object */
export type StoredHead = { head: Head | undefined; etag: string | null };

const folderOf = (registryId: RegistryId, modelId: ModelId): string => `galleries/${registryId}/${modelId}`;
const headKey = (registryId: RegistryId, modelId: ModelId): string =>
  `${folderOf(registryId, modelId)}/head.json`;

/** Ignores a head of another format. It can be replaced. */
export async function readHead(blobs: Blobs, registryId: RegistryId, modelId: ModelId): Promise<StoredHead> {
  const found = await blobs.get(headKey(registryId, modelId));
  if (!found) return { head: undefined, etag: null };
  const head = JSON.parse(Buffer.from(found.bytes).toString()) as Head;
  return { head: head.format === FORMAT ? head : undefined, etag: found.etag };
}

/** Whether the head names a snapshot that isn't stale at `now`. */
export const isFreshHead = (stored: StoredHead, now: number): stored is StoredHead & { head: Head } =>
  stored.head !== undefined && now - stored.head.at <= STALE_MS;

/**
 * Returns the newest snapshot unless it is stale at `now`. Undefined if there is none, or if it is
 * missing or damaged. The change log lists every speaker, so reading without a snapshot only takes
 * longer.
 */
export async function readSnapshot(
  blobs: Blobs,
  { registryId, modelId, now }: { registryId: RegistryId; modelId: ModelId; now: number },
): Promise<{ stored: StoredHead; voices: Iterable<Voice> } | undefined> {
  // A builder may replace the snapshot between the two reads.
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const stored = await readHead(blobs, registryId, modelId);
    if (!isFreshHead(stored, now)) return undefined;
    const found = await blobs.get(stored.head.object);
    if (found && sha256Of(found.bytes) === stored.head.sha256)
      return { stored, voices: unpackVoices(found.bytes) };
  }
  return undefined;
}

/**
 * Writes a snapshot in place of `stored`, and deletes that one, since it may contain erased voices.
 * Returns the key of the new object. Undefined, and nothing changes, if another builder was first.
 */
export async function writeSnapshot(
  blobs: Blobs,
  { registryId, modelId }: { registryId: RegistryId; modelId: ModelId },
  stored: StoredHead,
  made: { voices: readonly Voice[]; furthest: string | undefined; at: number; name: string },
): Promise<string | undefined> {
  const { voices, furthest, at, name } = made;
  const bytes = packVoices(voices);
  const object = `${folderOf(registryId, modelId)}/${name}.bin`;
  const head: Head = { format: FORMAT, object, sha256: sha256Of(bytes), count: voices.length, furthest, at };
  await blobs.put(object, bytes);
  const put = await blobs.put(headKey(registryId, modelId), Buffer.from(JSON.stringify(head)), stored);
  const obsolete = put ? stored.head?.object : object;
  if (obsolete !== undefined) await blobs.remove(obsolete);
  return put ? object : undefined;
}
