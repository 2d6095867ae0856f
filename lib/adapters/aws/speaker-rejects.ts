import { REJECTS_SECONDS, type SpeakerRejectStore, type SpeakerRejects } from "../../ports/guess.ts";
import type { Clock } from "../../ports/world.ts";
import { plainClips } from "../shared/rotated-speakers.ts";
import { probeOf } from "../shared/stores/heard-probes.ts";
import type { Templates } from "../shared/templates.ts";
import { attributes, endOf, type Item, keyIn, keyOf, numberOf, ofRange } from "./attributes.ts";
import { clipOf } from "./items-clip.ts";
import { documentOf } from "./items-document.ts";
import { CLIP_PREFIX, REJECTS_SORT, rejectsKey, sortPrefix } from "./keys.ts";
import { countOf, isRunning, runningCounters } from "./limits.ts";
import type { Table } from "./table.ts";

/**
 * Rejects of a speaker are an item between its clips and its probes, so that one query reads them
 * with the former or the latter. It is a counter like those of limits.ts, with u: unlocks.
 */
export function dynamoSpeakerRejects(
  table: Table,
  clock: Pick<Clock, "now">,
  templates: Templates,
): SpeakerRejectStore {
  const plainClip = plainClips(templates);
  const now = () => clock.now().getTime();
  const counters = runningCounters(table, clock);
  const rejectsOf = (item: Item): SpeakerRejects => ({
    ...countOf(item, now()),
    unlocks: numberOf(item, "u") ?? 0,
  });
  const knownIn = (item: Item | undefined): SpeakerRejects | undefined =>
    item && isRunning(item, now()) ? rejectsOf(item) : undefined;
  const parted = (items: readonly Item[]) => {
    const isRejects = (item: Item) => keyIn(item).SK === REJECTS_SORT;
    return { rejects: knownIn(items.find(isRejects)), others: items.filter((item) => !isRejects(item)) };
  };

  return {
    get: async (registryId, uid) => knownIn(await table.get(rejectsKey(registryId, uid))),
    async withClips(registryId, uid) {
      const { PK, SK } = rejectsKey(registryId, uid);
      const { rejects, others } = parted(await table.query(ofRange(PK, CLIP_PREFIX, SK)));
      const clips = await Promise.all(others.map((item) => plainClip(clipOf(registryId, uid, item))));
      return { rejects, clips };
    },
    async withProbes(registryId, uid, limit) {
      const { PK, SK } = rejectsKey(registryId, uid);
      const place = { kind: "heardProbe", owner: `${registryId}/${uid}` } as const;
      const items = await table.query(ofRange(PK, SK, endOf(sortPrefix(place))), limit + 1);
      const { rejects, others } = parted(items);
      const probes = others
        .slice(0, limit)
        .map((item) => documentOf(place, item))
        .filter(({ expiresAt }) => expiresAt === undefined || now() < expiresAt)
        .map((document) => probeOf(registryId, uid, document));
      return { rejects, probes };
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
