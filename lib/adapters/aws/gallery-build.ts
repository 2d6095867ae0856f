import type { ModelId, RegistryId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { Clock } from "../../ports/world.ts";
import { sha256Of } from "../../sha256.ts";
import { lastUsed } from "../shared/last-used.ts";
import type { Blobs } from "./blobs.ts";
import { changesAfter, positionAt } from "./changes.ts";
import { isFreshHead, readHead, readSnapshot, type StoredHead, writeSnapshot } from "./snapshot.ts";
import type { Voice } from "./snapshot-codec.ts";
import type { Table } from "./table.ts";

/**
 * Up to this many voices, a registry needs no snapshot: reading the table takes a second or two.
 */
const DIRECT = 200;
/**
 * The tail of the log is folded into the snapshot from this length, or from this part of the
 * snapshot's.
 */
const LONG_TAIL = 200;
const LONG_PART = 0.05;

/** The sha256 of each voice's sum in a snapshot. */
type Sums = ReadonlyMap<SpeakerUid, string>;
/** Caches sums by the snapshot's object, which never changes: about 20 MB for 100,000 voices. */
const CACHED_SUMS = 4;
export const cachedSums = () => lastUsed<Sums>(CACHED_SUMS);

type Stores = {
  table: Table;
  blobs: Blobs;
  clock: Pick<Clock, "now">;
  drawLsn: () => string;
  /** The sums of the snapshots that this process read or wrote last. */
  cached: ReturnType<typeof cachedSums>;
};
/** voices: the number of compared voices */
export type Built = { outcome: "small" | "kept" | "written" | "overtaken"; voices: number };

/**
 * Whether searches compare this speaker. They skip erased speakers, those without clips, and other
 * models.
 */
export const isCompared = (speaker: Speaker | undefined, modelId: ModelId): speaker is Speaker =>
  speaker !== undefined && speaker.clips.length > 0 && speaker.modelId === modelId;

/**
 * Brings a registry's snapshot up to date from the change log.
 *
 * Writes a new snapshot when the tail of the log has become long, or when a voice in the snapshot
 * was erased or changed: a snapshot must not keep a voice that its speaker no longer has.
 * Concurrent builders and repeated or missing events do no harm, because the log is the source of
 * truth. Of two concurrent writers, one is "overtaken". A process reads a snapshot that it knows
 * only to write the next one.
 */
export async function buildGallery(stores: Stores, registryId: RegistryId, modelId: ModelId): Promise<Built> {
  const { table, blobs, clock, drawLsn, cached } = stores;
  const place = { registryId, modelId };
  const at = clock.now().getTime();
  const first = await readHead(blobs, registryId, modelId);
  const head = isFreshHead(first, at) ? first.head : undefined;
  const sums = head && cached.get(head.object);
  const known =
    sums && (await blobs.has(head.object)) ? await tailAfter(table, place, head, sums) : undefined;
  if (known && isShort(known)) return { outcome: "kept", voices: known.sums.size + known.added };
  const found = await readSnapshot(blobs, { ...place, now: at });
  const stored = found?.stored ?? first;
  const voices = new Map<SpeakerUid, Voice>();
  for (const voice of found?.voices ?? []) voices.set(voice.uid, voice);
  const read = found?.stored.head;
  // Another builder may have replaced the snapshot since.
  const isKnown = known && read?.object === head?.object;
  const tail = isKnown ? known : await tailAfter(table, place, read, sumsOf(voices));
  if (read) cached.set(read.object, tail.sums);
  for (const [uid, voice] of tail.latest)
    if (voice) voices.set(uid, voice);
    else voices.delete(uid);
  const built = (outcome: Built["outcome"]): Built => ({ outcome, voices: voices.size });
  if (stored.etag === null && voices.size <= DIRECT) return built("small");
  if (found && isShort(tail)) return built("kept");
  const made = { voices: [...voices.values()], furthest: tail.furthest, at, name: drawLsn() };
  const written = await writeSnapshot(blobs, place, stored, made);
  if (written) cached.set(written, sumsOf(voices));
  return built(written ? "written" : "overtaken");
}

/**
 * The changes after a snapshot.
 *
 * sums: of the snapshot
 * latest: the current voice of each speaker in the tail. Undefined: no voice to compare
 * added: number of voices that the snapshot doesn't have
 * altered: number of the snapshot's voices that were erased or changed since
 */
type Tail = {
  sums: Sums;
  latest: ReadonlyMap<SpeakerUid, Voice | undefined>;
  added: number;
  altered: number;
  furthest: string | undefined;
};

/** Reads the log after a snapshot. Without one, reads the whole log. */
async function tailAfter(
  table: Table,
  { registryId, modelId }: { registryId: RegistryId; modelId: ModelId },
  snapshot: StoredHead["head"],
  sums: Sums,
): Promise<Tail> {
  const latest = new Map<SpeakerUid, Voice | undefined>();
  let furthest = snapshot?.furthest;
  for await (const { changes, position } of changesAfter(table, registryId, positionAt(furthest))) {
    for (const { uid, speaker } of changes)
      latest.set(uid, isCompared(speaker, modelId) ? probeVoice(speaker) : undefined);
    furthest = position.furthest;
  }
  let added = 0;
  let altered = 0;
  for (const [uid, voice] of latest) {
    const before = sums.get(uid);
    if (before === undefined) added += voice ? 1 : 0;
    else if (!voice || digestOf(voice) !== before) altered += 1;
  }
  return { sums, latest, added, altered, furthest };
}

const isShort = ({ added, altered, sums }: Tail): boolean =>
  altered === 0 && added < Math.max(LONG_TAIL, sums.size * LONG_PART);

const probeVoice = ({ uid, speakerId, stats, sum }: Speaker): Voice => ({ uid, speakerId, stats, sum });
const digestOf = ({ sum }: Pick<Voice, "sum">): string =>
  sha256Of(new Uint8Array(sum.buffer, sum.byteOffset, sum.byteLength));
const sumsOf = (voices: ReadonlyMap<SpeakerUid, Voice>): Sums =>
  new Map([...voices].map(([uid, voice]) => [uid, digestOf(voice)]));
