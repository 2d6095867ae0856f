import type { RegistryId } from "../../id.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { SpeakerStats } from "../../score/scoring/types.ts";
import { attributes, type Item, keyIn, keyOf, numberOf, required, textOf } from "./attributes.ts";
import { clipItem } from "./items-clip.ts";
import { type Places, packStats, placesOf, speakerItem, uidOf } from "./items-speaker.ts";
import { changeKey, REFRESHED_UID, speakerKey } from "./keys.ts";
import type { TableWrite } from "./table.ts";

/**
 * How long the change log records an erasure. A gallery that has read nothing for half as long
 * starts over.
 */
export const TOMBSTONE_DAYS = 30;
/**
 * DynamoDB's limit. Besides clips, a commit writes the speaker, its change and the change before
 * it.
 */
const MOST_WRITES = 100;
export const MOST_CLIPS = MOST_WRITES - 3;

/**
 * The writes of a commit, for one transaction: the speaker over the version before it, its entry at
 * the end of the change log in place of the earlier one, and its clips.
 *
 * places.before: the entry of the version before. Undefined for version 1
 */
export function commitWrites(
  speaker: Speaker,
  places: Places & { before: string | undefined },
  clips: readonly Clip[],
): TableWrite[] {
  if (clips.length > MOST_CLIPS) throw new RangeError(`${clips.length} clips are too many for one write`);
  const { registryId, speakerId, uid, version } = speaker;
  const condition =
    version === 1
      ? { ConditionExpression: "attribute_not_exists(PK)" }
      : {
          ConditionExpression: "u = :uid AND n = :before",
          ExpressionAttributeValues: attributes({ ":uid": uid.slice(4), ":before": version - 1 }),
        };
  const entry = attributes({ ...changeKey(registryId, places.changed), i: speakerId, u: uid.slice(4) });
  return [
    { Put: { Item: speakerItem(speaker, places), ...condition } },
    { Put: { Item: entry } },
    ...(places.before === undefined
      ? []
      : [{ Delete: { Key: keyOf(changeKey(registryId, places.before)) } }]),
    ...clips.map((clip) => ({ Put: { Item: clipItem(clip) } })),
  ];
}

/**
 * The writes that erase the speaker at the version of this item, and these clips, at most
 * MOST_CLIPS.
 *
 * The speaker's entry in the change log contains its ID, so a new entry replaces it: without an ID,
 * and with a ttl.
 */
export function eraseWrites(
  speaker: Pick<Speaker, "registryId" | "speakerId">,
  item: Item,
  { changed, clips, now }: { changed: string; clips: readonly Item[]; now: Date },
): TableWrite[] {
  const entry = { ...changeKey(speaker.registryId, changed), u: uidOf(item).slice(4), ttl: ttlFrom(now) };
  return [
    {
      Delete: {
        Key: keyOf(speakerKey(speaker.registryId, speaker.speakerId)),
        ConditionExpression: "u = :uid AND n = :version",
        ExpressionAttributeValues: attributes({
          ":uid": required(item, "u", textOf),
          ":version": required(item, "n", numberOf),
        }),
      },
    },
    { Delete: { Key: keyOf(changeKey(speaker.registryId, placesOf(item).changed)) } },
    { Put: { Item: attributes(entry) } },
    ...clips.map((clip) => ({ Delete: { Key: keyOf(keyIn(clip)) } })),
  ];
}

export const refreshStatsUpdate = (
  { registryId, speakerId, uid, version }: Pick<Speaker, "registryId" | "speakerId" | "uid" | "version">,
  stats: SpeakerStats,
) => ({
  Key: keyOf(speakerKey(registryId, speakerId)),
  UpdateExpression: "SET z = :stats",
  ConditionExpression: "u = :uid AND n = :version",
  ExpressionAttributeValues: attributes({
    ":stats": packStats(stats),
    ":uid": uid.slice(4),
    ":version": version,
  }),
});

const ttlFrom = (now: Date): number => Math.floor(now.getTime() / 1000) + TOMBSTONE_DAYS * 86_400;

/** The entry of the change log that tells that the statistics of many voiceprints were replaced. */
export const refreshedEntry = (registryId: RegistryId, changed: string, now: Date) =>
  attributes({ ...changeKey(registryId, changed), u: REFRESHED_UID.slice(4), ttl: ttlFrom(now) });
