import type { DecisionRecord, DecisionStore } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { attributes, type Item, keyIn, recordIn } from "./attributes.ts";
import { decisionKey, decisionsPartition } from "./keys.ts";
import type { Table } from "./table.ts";

const KEPT_MS = 90 * 86_400_000;
/** Of a 13-digit millisecond, so that times sort as texts until the year 2286. */
const TIME_DIGITS = 13;

/** Decisions are kept for 90 days: DynamoDB deletes them some time after that, and nobody reads them from then on. */
export function dynamoDecisions(table: Table, clock: Pick<Clock, "now">): DecisionStore {
  const oldest = () => clock.now().getTime() - KEPT_MS;
  const isKept = (decision: DecisionRecord) => Date.parse(decision.at) > oldest();
  return {
    async put(decision) {
      await table.put({ Item: decisionItem(decision) });
    },
    async get(registryId, decisionId) {
      const item = await table.get(decisionKey(registryId, decisionId));
      const decision = item && decisionOf(item);
      return decision && isKept(decision) ? decision : undefined;
    },
    /** By the index, which may lag by a moment. */
    async recent(registryId, limit) {
      const entries = await table.query(recentQuery(decisionsPartition(registryId), oldest()), limit);
      const items = await table.getMany(entries.map(keyIn));
      const decisions = new Map(items.map((item) => [item.PK.S, decisionOf(item)]));
      return entries.flatMap(({ PK }) => decisions.get(PK.S) ?? []).filter(isKept);
    },
  };
}

const placeOf = (time: number): string => String(Math.max(0, time)).padStart(TIME_DIGITS, "0");

function decisionItem(decision: DecisionRecord): Item {
  const { registryId, decisionId } = decision;
  const at = Date.parse(decision.at);
  return attributes({
    ...decisionKey(registryId, decisionId),
    GSI1PK: decisionsPartition(registryId),
    GSI1SK: `${placeOf(at)}#${decisionId}`,
    b: JSON.stringify(decision),
    ttl: Math.ceil((at + KEPT_MS) / 1000),
  });
}

const recentQuery = (partition: string, after: number) => ({
  IndexName: "GSI1",
  ScanIndexForward: false,
  KeyConditionExpression: "GSI1PK = :partition AND GSI1SK > :after",
  ExpressionAttributeValues: attributes({ ":partition": partition, ":after": placeOf(after) }),
});

function decisionOf(item: Item): DecisionRecord {
  const decision = recordIn<DecisionRecord>(item);
  return { ...decision, uid: decision.uid ?? undefined };
}
