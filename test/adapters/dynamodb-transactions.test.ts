/**
 * How a canceled transaction ends for the caller. The client is fake and returns DynamoDB's
 * replies.
 */
import { type DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { openTable, putAll } from "../../lib/adapters/aws/table.ts";
import { AppError } from "../../lib/error.ts";

const writes = [{ Put: { Item: { PK: { S: "a" }, SK: { S: "b" } } } }];
const world = { clock: { sleep: async () => undefined }, random: { unit: () => 0.5 } };

/** A table whose first `failures` calls are canceled for these reasons, and then succeed. */
function tableThatCancels(codes: readonly string[], failures: number) {
  let calls = 0;
  const client = {
    send: async () => {
      calls += 1;
      if (calls > failures) return {};
      throw new TransactionCanceledException({
        message: "Transaction cancelled, please refer cancellation reasons for specific reasons",
        CancellationReasons: codes.map((Code) => ({ Code })),
        $metadata: { httpStatusCode: 400 },
      });
    },
  };
  return { table: openTable(client as unknown as DynamoDBClient, "t", world), calls: () => calls };
}

const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => (error instanceof AppError ? error.slug : error));

test.each(["ConditionalCheckFailed", "TransactionConflict"])(
  "a transaction canceled by %s is a lost race, which the caller may retry",
  async (code) => {
    const { table } = tableThatCancels(["None", code], 1);
    expect(await table.transact(writes)).toBe(false);
    expect(await table.transact(writes)).toBe(true);
  },
);

test.each(["ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingError"])(
  "a transaction canceled by %s asks the client to retry",
  async (code) => {
    const { table } = tableThatCancels(["None", code], 1);
    await expect(table.transact(writes)).rejects.toMatchObject({
      slug: "dependency-unavailable",
      retryAfterSeconds: 1,
    });
  },
);

test("a conflict wins over throttling in the same transaction", async () => {
  const { table } = tableThatCancels(["ThrottlingError", "TransactionConflict"], 1);
  expect(await table.transact(writes)).toBe(false);
});

test("a transaction that DynamoDB finds invalid fails with DynamoDB's own error", async () => {
  const { table } = tableThatCancels(["ValidationError"], 1);
  const outcome = await outcomeOf(table.transact(writes));
  expect(outcome).toBeInstanceOf(TransactionCanceledException);
});

test("putAll retries two conflicts and then succeeds", async () => {
  const { table, calls } = tableThatCancels(["TransactionConflict"], 2);
  await putAll(table, [{ PK: { S: "a" }, SK: { S: "b" } }]);
  expect(calls()).toBe(3);
});

test("putAll reports endless conflicts as write-contention", async () => {
  const { table, calls } = tableThatCancels(["TransactionConflict"], Number.POSITIVE_INFINITY);
  expect(await outcomeOf(putAll(table, [{ PK: { S: "a" }, SK: { S: "b" } }]))).toBe("write-contention");
  expect(calls()).toBe(7);
});
