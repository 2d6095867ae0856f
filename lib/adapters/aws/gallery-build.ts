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

/** Read from the table within a second or two: no snapshot is made for so few. */
const DIRECT = 200;
/** A tail this long is folded into the snapshot, or one of this part of it. */
const LONG_TAIL = 200;
const LONG_PART = 0.05;

/** Of each voice in a snapshot the SHA-256 of its sum. */
type Sums = ReadonlyMap<SpeakerUid, string>;
/** Sums by the snapshot's object, which is never written over: about 20 MB for 100,000 voices. */
const CACHED_SUMS = 4;
export const cachedSums = () => lastUsed<Sums>(CACHED_SUMS);

type Stores = {
  table: Table;
  blobs: Blobs;
  clock: Pick<Clock, "now">;
  drawLsn: () => string;
  /** Of the snapshots that this process read or wrote last. */
  cached: ReturnType<typeof cachedSums>;
};
/** voices: how many are compared. */
export type Built = { outcome: "small" | "kept" | "written" | "overtaken"; voices: number };

/** Erased speakers, those without clips (opted out, reset) and those of another model are not compared. */
export const isCompared = (speaker: Speaker | undefined, modelId: ModelId): speaker is Speaker =>
  speaker !== undefined && speaker.clips.length > 0 && speaker.modelId === modelId;

/**
 * Brings a registry's snapshot up to date from the change log. It is written anew when the tail has become long, and at once
 * when a voice in it was erased or changed: a snapshot keeps no voice that its speaker has not. Several builders at once, twice
 * the same events or none at all harm nothing: the log says what is true, and of two writers one is "overtaken". A process that
 * knows the snapshot reads it again only to write the next.
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
  // Another builder may have been there since.
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
 * sums     of the snapshot that the tail follows on
 * latest   of each speaker in the log's tail the voice that is compared now; undefined: none
 * added    voices that the snapshot has not
 * altered  voices that it has, and that were erased or changed since
 */
type Tail = {
  sums: Sums;
  latest: ReadonlyMap<SpeakerUid, Voice | undefined>;
  added: number;
  altered: number;
  furthest: string | undefined;
};

/** Without a snapshot the whole log. */
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
  let [added, altered] = [0, 0];
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
