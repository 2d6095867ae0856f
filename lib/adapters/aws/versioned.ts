import { base32 } from "../../id.ts";
import type { Random } from "../../ports/world.ts";
import { attributes, type Item } from "./attributes.ts";
import { contention, type Outcome, type Table } from "./table.ts";

/**
 * Writes that have to win: the item carries random bytes of the write (`x`). Where the SDK sends a write twice because the
 * first reply was lost, the item that stands in the second one's way is its own, and the write has won.
 */
export const writeMark = (random: Pick<Random, "bytes">): string => base32(random.bytes(10));

export const won = (outcome: Outcome, mark: string): boolean => outcome.done || outcome.old?.x?.S === mark;

/** Puts an item whose version `n` must follow on the one that stands; `write-contention` with this detail otherwise. */
export async function putVersion(
  table: Table,
  random: Pick<Random, "bytes">,
  item: Item,
  { version, lost }: { version: number; lost: string },
): Promise<void> {
  const mark = writeMark(random);
  const condition =
    version === 1
      ? { ConditionExpression: "attribute_not_exists(PK)" }
      : {
          ConditionExpression: "n = :before",
          ExpressionAttributeValues: attributes({ ":before": version - 1 }),
        };
  const outcome = await table.put({
    Item: { ...item, ...attributes({ n: version, x: mark }) },
    ...condition,
  });
  if (!won(outcome, mark)) throw contention(undefined, lost);
}

/** Puts an item that stands for good. False where one stood already. */
export async function putOnce(table: Table, random: Pick<Random, "bytes">, item: Item): Promise<boolean> {
  const mark = writeMark(random);
  const outcome = await table.put({
    Item: { ...item, ...attributes({ x: mark }) },
    ConditionExpression: "attribute_not_exists(PK)",
  });
  return won(outcome, mark);
}
