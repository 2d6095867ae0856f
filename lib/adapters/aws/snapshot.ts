import type { ModelId, RegistryId } from "../../id.ts";
import { sha256Of } from "../../sha256.ts";
import type { Blobs } from "./blobs.ts";
import { TOMBSTONE_DAYS } from "./requests-speakers.ts";
import { packVoices, unpackVoices, type Voice } from "./snapshot-codec.ts";

/** Erasures stand in the change log for TOMBSTONE_DAYS: what is half as old still finds all that came after it. */
export const STALE_MS = (TOMBSTONE_DAYS / 2) * 86_400_000;
const TRIES = 3;
const FORMAT = 1;

/** The small object that names the large one. `furthest`: how far the change log is in it (changes.ts). */
type Head = {
  format: number;
  object: string;
  sha256: string;
  count: number;
  furthest: string | undefined;
  /** Epoch milliseconds at which the log had been read. */
  at: number;
};
/** A head as it was read; `etag` null: none stands. */
export type StoredHead = { head: Head | undefined; etag: string | null };

const folderOf = (registryId: RegistryId, modelId: ModelId): string => `galleries/${registryId}/${modelId}`;
const headKey = (registryId: RegistryId, modelId: ModelId): string =>
  `${folderOf(registryId, modelId)}/head.json`;

/** A head of another format counts as none, and may be written over. */
export async function readHead(blobs: Blobs, registryId: RegistryId, modelId: ModelId): Promise<StoredHead> {
  const found = await blobs.get(headKey(registryId, modelId));
  if (!found) return { head: undefined, etag: null };
  const head = JSON.parse(Buffer.from(found.bytes).toString()) as Head;
  return { head: head.format === FORMAT ? head : undefined, etag: found.etag };
}

/** Whether it names a snapshot that is not stale at `now`. */
export const isFreshHead = (stored: StoredHead, now: number): stored is StoredHead & { head: Head } =>
  stored.head !== undefined && now - stored.head.at <= STALE_MS;

/**
 * The newest snapshot that is not stale at `now`; undefined where there is none. Nobody needs one: the change log holds every
 * speaker. So one that vanishes or is damaged costs time and nothing else.
 */
export async function readSnapshot(
  blobs: Blobs,
  { registryId, modelId, now }: { registryId: RegistryId; modelId: ModelId; now: number },
): Promise<{ stored: StoredHead; voices: Iterable<Voice> } | undefined> {
  // A builder may put another in its place between the two reads.
  for (let tries = 0; tries < TRIES; tries++) {
    const stored = await readHead(blobs, registryId, modelId);
    if (!isFreshHead(stored, now)) return undefined;
    const found = await blobs.get(stored.head.object);
    if (found && sha256Of(found.bytes) === stored.head.sha256)
      return { stored, voices: unpackVoices(found.bytes) };
  }
  return undefined;
}

/**
 * Puts a snapshot in the place of `standing`; the one before is erased, since it may hold voices that were. Its object's key;
 * undefined, and nothing changes, where another builder was first.
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
  const over = put ? stored.head?.object : object;
  if (over !== undefined) await blobs.remove(over);
  return put ? object : undefined;
}
