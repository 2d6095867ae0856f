import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { Delivery } from "../../ports/webhook.ts";
import type { Clock } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import { lastUsed } from "../shared/last-used.ts";
import { isLsn } from "../shared/lsn.ts";
import type { StoredSpeakers } from "../shared/rotated-speakers.ts";
import { outgoingDocument } from "../shared/stores/outbox.ts";
import {
  attributes,
  endOf,
  type Item,
  keyIn,
  keyOf,
  numberOf,
  ofRange,
  required,
  textOf,
} from "./attributes.ts";
import { clipItem, clipOf } from "./items-clip.ts";
import { documentItem } from "./items-document.ts";
import { type Places, placesOf, speakerOf, uidOf } from "./items-speaker.ts";
import { CLIP_PREFIX, clipKey, clipsPartition, directoryPartition, speakerKey } from "./keys.ts";
import {
  commitWrites,
  eraseWrites,
  MOST_CLIPS,
  refreshedEntry,
  refreshStatsUpdate,
} from "./requests-speakers.ts";
import type { Table, TableWrite } from "./table.ts";

/** How many speakers' places to cache, so that a commit after a read doesn't read them again. */
const CACHED_PLACES = 1000;
const MOST_ERASE_ATTEMPTS = 12;

export function dynamoSpeakers(
  table: Table,
  { clock, drawLsn }: { clock: Pick<Clock, "now">; drawLsn: () => string },
): StoredSpeakers {
  const places = lastUsed<Places>(CACHED_PLACES);

  /** Each version of a uid is written once, so its places never change. */
  function remember(item: Item): Item {
    places.set(versionName(uidOf(item), required(item, "n", numberOf)), placesOf(item));
    return item;
  }

  async function read({ registryId, speakerId }: Pick<Speaker, "registryId" | "speakerId">) {
    const item = await table.get(speakerKey(registryId, speakerId));
    return item && remember(item);
  }

  async function commit(
    speaker: Speaker,
    clips: readonly Clip[],
    outgoing: readonly Delivery[] = [],
  ): Promise<void> {
    const { uid, version } = speaker;
    const changed = drawLsn();
    const before = versionName(uid, version - 1);
    if (version > 1 && !places.get(before)) await read(speaker);
    const existing = places.get(before);
    const writes = commitWrites(
      speaker,
      { created: existing?.created ?? changed, changed, before: existing?.changed },
      clips,
    );
    // Without places, the version before doesn't exist.
    const all = [...writes, ...outgoingWrites(outgoing)];
    if ((version > 1 && !existing) || !(await table.transact(all)))
      throw contention(`Another request changed ${uid} first. Try again.`);
  }

  /** Items with only their keys. Strongly consistent. */
  const clipKeys = (registryId: RegistryId, uid: SpeakerUid) =>
    table.query({ ...clipsQuery(registryId, uid), ProjectionExpression: "PK, SK" });

  /** Undefined if another writer was first. */
  async function eraseOnce(
    key: Pick<Speaker, "registryId" | "speakerId">,
    outgoing: readonly Delivery[],
  ): Promise<boolean | undefined> {
    const item = await read(key);
    if (!item) return false;
    const clips = await clipKeys(key.registryId, uidOf(item));
    const now = clock.now();
    // A transaction can't hold more. The other items were never listed, so they can be deleted
    // afterward.
    const most = MOST_CLIPS - outgoing.length;
    const writes = eraseWrites(key, item, { changed: drawLsn(), clips: clips.slice(0, most), now });
    if (!(await table.transact([...writes, ...outgoingWrites(outgoing)]))) return undefined;
    for (const clip of clips.slice(most)) await table.delete({ Key: keyOf(keyIn(clip)) });
    return true;
  }

  return {
    async get(registryId, speakerId) {
      const item = await read({ registryId, speakerId });
      return item && speakerOf(registryId, item);
    },
    async getMany(registryId, speakerIds) {
      const items = await table.getMany(speakerIds.map((id) => speakerKey(registryId, id)));
      const byId = new Map(items.map((item) => [required(item, "i", textOf), speakerOf(registryId, item)]));
      return speakerIds.map((id) => byId.get(id));
    },
    put: (speaker, outgoing) => commit(speaker, [], outgoing),
    putWithClips: (speaker, clips) => commit(speaker, clips),
    async refreshStats(speaker, stats) {
      return (await table.update(refreshStatsUpdate(speaker, stats))).done;
    },
    async noteRefreshedStats(registryId) {
      await table.put({ Item: refreshedEntry(registryId, drawLsn(), clock.now()) });
    },
    async remove(registryId, speakerId, outgoing = []) {
      for (let attempt = 0; attempt < MOST_ERASE_ATTEMPTS; attempt++) {
        const erased = await eraseOnce({ registryId, speakerId }, outgoing);
        if (erased !== undefined) return erased;
        await table.pause(attempt);
      }
      throw contention("Other requests kept changing this speaker. Try again.");
    },
    /**
     * The index can lag by a moment, so a new speaker may be missing. Listed speakers are read
     * strongly.
     */
    async list(registryId, after, limit) {
      if (after !== undefined && !isLsn(after))
        throw new AppError("invalid-cursor", "Start again without a cursor.");
      const entries = await table.query(directoryQuery(registryId, after), limit + 1);
      const page = entries.slice(0, limit);
      const items = await table.getMany(page.map(keyIn));
      const byPlace = new Map(items.map((item) => [placesOf(item).created, remember(item)]));
      // The index can still list a speaker that was erased, or erased and enrolled again, a moment
      // ago.
      const existing = page.map((entry) => byPlace.get(placeIn(entry))).filter((item) => item !== undefined);
      return {
        items: existing.map((item) => speakerOf(registryId, item)),
        next: entries.length > limit ? page.map(placeIn).at(-1) : undefined,
      };
    },
    async putClip(clip) {
      await table.put({ Item: clipItem(clip) });
    },
    async getClip(registryId, uid, clipId) {
      const item = await table.get(clipKey(registryId, uid, clipId));
      return item && clipOf(registryId, uid, item);
    },
    async clips(registryId, uid) {
      const items = await table.query(clipsQuery(registryId, uid));
      return items.map((item) => clipOf(registryId, uid, item));
    },
    async removeClip(registryId, uid, clipId) {
      await table.delete({ Key: keyOf(clipKey(registryId, uid, clipId)) });
    },
  };
}

const outgoingWrites = (outgoing: readonly Delivery[]): TableWrite[] =>
  outgoing.map((one) => ({ Put: { Item: documentItem(outgoingDocument(one)) } }));

const placeIn = (entry: Item): string => required(entry, "GSI1SK", textOf);

const versionName = (uid: SpeakerUid, version: number): string => `${uid} ${version}`;

const clipsQuery = (registryId: RegistryId, uid: SpeakerUid) =>
  ofRange(clipsPartition(registryId, uid), CLIP_PREFIX, endOf(CLIP_PREFIX));

const directoryQuery = (registryId: RegistryId, after: string | undefined) => ({
  IndexName: "GSI1",
  KeyConditionExpression: "GSI1PK = :partition AND GSI1SK > :after",
  // A space sorts before every log sequence number.
  ExpressionAttributeValues: attributes({
    ":partition": directoryPartition(registryId),
    ":after": after ?? " ",
  }),
});
