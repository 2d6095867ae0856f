import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { Clip, Speaker, SpeakerStore } from "../../ports/speaker.ts";
import type { Clock } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import { isLsn } from "../shared/lsn.ts";
import {
  attributes,
  type Item,
  keyIn,
  keyOf,
  numberOf,
  ofPartition,
  required,
  textOf,
} from "./attributes.ts";
import { clipItem, clipOf } from "./items-clip.ts";
import { type Places, placesOf, speakerOf, uidOf } from "./items-speaker.ts";
import { clipKey, clipsPartition, directoryPartition, speakerKey } from "./keys.ts";
import { commitWrites, eraseWrites, MOST_CLIPS, refreshStatsUpdate } from "./requests-speakers.ts";
import type { Table } from "./table.ts";

/** Speakers whose places in directory and log are remembered between the read and the commit that follows it. */
const REMEMBERED = 1000;
const ERASE_TRIES = 12;

export function dynamoSpeakers(
  table: Table,
  { clock, drawLsn }: { clock: Pick<Clock, "now">; drawLsn: () => string },
): SpeakerStore {
  const places = new Map<string, Places>();

  /** A version of a uid is written once, so its places never change. */
  function remember(item: Item): Item {
    if (places.size >= REMEMBERED) places.delete([...places.keys()][0]);
    places.set(versionName(uidOf(item), required(item, "n", numberOf)), placesOf(item));
    return item;
  }

  async function read({ registryId, speakerId }: Pick<Speaker, "registryId" | "speakerId">) {
    const item = await table.get(speakerKey(registryId, speakerId));
    return item && remember(item);
  }

  async function commit(speaker: Speaker, clips: readonly Clip[]): Promise<void> {
    const { uid, version } = speaker;
    const changed = drawLsn();
    const before = versionName(uid, version - 1);
    if (version > 1 && !places.has(before)) await read(speaker);
    const existing = places.get(before);
    const writes = commitWrites(
      speaker,
      { created: existing?.created ?? changed, changed, before: existing?.changed },
      clips,
    );
    // Without places no such version stands.
    if ((version > 1 && !existing) || !(await table.transact(writes)))
      throw contention(`Another writer was first at ${uid}.`);
    places.delete(before);
  }

  /** Keys alone; strongly consistent. */
  const clipKeys = (registryId: RegistryId, uid: SpeakerUid) =>
    table.query({ ...ofPartition(clipsPartition(registryId, uid)), ProjectionExpression: "PK, SK" });

  /** Once over; undefined where another writer was first. */
  async function eraseOnce(key: Pick<Speaker, "registryId" | "speakerId">): Promise<boolean | undefined> {
    const item = await read(key);
    if (!item) return false;
    const clips = await clipKeys(key.registryId, uidOf(item));
    const now = clock.now();
    // Transactions have a limit: items beyond those that a speaker may list were never listed, and go right after.
    const writes = eraseWrites(key, item, { changed: drawLsn(), clips: clips.slice(0, MOST_CLIPS), now });
    if (!(await table.transact(writes))) return undefined;
    for (const { PK, SK } of clips.slice(MOST_CLIPS)) await table.delete({ Key: { PK, SK } });
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
    put: (speaker) => commit(speaker, []),
    putWithClips: commit,
    async refreshStats(speaker, stats) {
      return (await table.update(refreshStatsUpdate(speaker, stats))).done;
    },
    async remove(registryId, speakerId) {
      for (let tries = 0; tries < ERASE_TRIES; tries++) {
        const erased = await eraseOnce({ registryId, speakerId });
        if (erased !== undefined) return erased;
        await table.pause(tries);
      }
      throw contention("Other writers kept changing this speaker; try again.");
    },
    /** The index may lag by a moment: a speaker enrolled just now may be missing. Whoever is listed is read strongly. */
    async list(registryId, after, limit) {
      if (after !== undefined && !isLsn(after))
        throw new AppError("invalid-cursor", "Start again without a cursor.");
      const entries = await table.query(directoryQuery(registryId, after), limit + 1);
      const page = entries.slice(0, limit);
      const items = await table.getMany(page.map(keyIn));
      const byPlace = new Map(items.map((item) => [placesOf(item).created, remember(item)]));
      // An entry that is no more, or of somebody who was erased and came again, is in the index for a moment longer.
      const existing = page
        .map(({ GSI1SK }) => byPlace.get(GSI1SK.S ?? ""))
        .filter((item) => item !== undefined);
      return {
        items: existing.map((item) => speakerOf(registryId, item)),
        next: entries.length > limit ? page.at(-1)?.GSI1SK.S : undefined,
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
      const items = await table.query(ofPartition(clipsPartition(registryId, uid)));
      return items.map((item) => clipOf(registryId, uid, item));
    },
    async removeClip(registryId, uid, clipId) {
      await table.delete({ Key: keyOf(clipKey(registryId, uid, clipId)) });
    },
  };
}

const versionName = (uid: SpeakerUid, version: number): string => `${uid} ${version}`;

const directoryQuery = (registryId: RegistryId, after: string | undefined) => ({
  IndexName: "GSI1",
  KeyConditionExpression: "GSI1PK = :partition AND GSI1SK > :after",
  // A space sorts before every lsn.
  ExpressionAttributeValues: attributes({
    ":partition": directoryPartition(registryId),
    ":after": after ?? " ",
  }),
});
