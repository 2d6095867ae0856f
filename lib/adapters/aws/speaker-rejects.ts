import { REJECTS_SECONDS, type SpeakerRejectStore, type SpeakerRejects } from "../../ports/guess.ts";
import type { Clock } from "../../ports/world.ts";
import { attributes, type Item, keyIn, keyOf, numberOf, ofPartition } from "./attributes.ts";
import { clipOf } from "./items-clip.ts";
import { clipsPartition, rejectsKey } from "./keys.ts";
import { countOf, isRunning, runningCounters } from "./limits.ts";
import type { Table } from "./table.ts";

/**
 * Rejects of a speaker are an item beside its clips, so that one query reads both. It is a counter
 * like those of limits.ts, with u: unlocks.
 */
export function dynamoSpeakerRejects(table: Table, clock: Pick<Clock, "now">): SpeakerRejectStore {
  const now = () => clock.now().getTime();
  const counters = runningCounters(table, clock);
  const rejectsOf = (item: Item): SpeakerRejects => ({
    ...countOf(item, now()),
    unlocks: numberOf(item, "u") ?? 0,
  });
  const knownIn = (item: Item | undefined): SpeakerRejects | undefined =>
    item && isRunning(item, now()) ? rejectsOf(item) : undefined;

  return {
    get: async (registryId, uid) => knownIn(await table.get(rejectsKey(registryId, uid))),
    async withClips(registryId, uid) {
      const items = await table.query(ofPartition(clipsPartition(registryId, uid)));
      const { SK } = rejectsKey(registryId, uid);
      const isClip = (item: Item) => keyIn(item).SK !== SK;
      return {
        rejects: knownIn(items.find((item) => !isClip(item))),
        clips: items.filter(isClip).map((item) => clipOf(registryId, uid, item)),
      };
    },
    async add(registryId, uid) {
      return rejectsOf(await counters.add(rejectsKey(registryId, uid), REJECTS_SECONDS));
    },
    async clear(registryId, uid) {
      await table.update({
        Key: keyOf(rejectsKey(registryId, uid)),
        UpdateExpression: "SET n = :none",
        ConditionExpression: "q > :now",
        ExpressionAttributeValues: attributes({ ":none": 0, ":now": now() }),
      });
    },
    async unlock(registryId, uid) {
      const ends = now() + REJECTS_SECONDS * 1000;
      await table.update({
        Key: keyOf(rejectsKey(registryId, uid)),
        UpdateExpression: "SET n = :none, u = if_not_exists(u, :none) + :one, q = :ends, #ttl = :ttl",
        ConditionExpression: "q > :now",
        ExpressionAttributeNames: { "#ttl": "ttl" },
        ExpressionAttributeValues: attributes({
          ...{ ":none": 0, ":one": 1, ":now": now() },
          ...{ ":ends": ends, ":ttl": Math.ceil(ends / 1000) },
        }),
      });
    },
    async remove(registryId, uid) {
      await table.delete({ Key: keyOf(rejectsKey(registryId, uid)) });
    },
  };
}
