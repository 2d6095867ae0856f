import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { AppError } from "../../error.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { backoff, contention } from "../shared/contention.ts";
import { type Item, keyOf } from "./attributes.ts";
import { call } from "./client.ts";
import { isNamed } from "./failures.ts";
import type { Key } from "./keys.ts";

const BATCH = 100;
const RETRIES = 6;

type Unnamed<Input> = Omit<Input, "TableName">;
/** old: the item for which the condition failed, if there was one */
export type Outcome = { done: boolean; old?: Item | undefined };

export type Table = ReturnType<typeof openTable>;

/**
 * Sends requests to one table. Reads are strongly consistent, except those of the index. Writes
 * resolve to whether their condition held. A write that conflicts with a transaction is retried for
 * a short time.
 */
export function openTable(
  client: DynamoDBClient,
  TableName: string,
  world: { clock: Pick<Clock, "sleep">; random: Pick<Random, "unit"> },
) {
  const dynamo = <T>(send: (abortSignal: AbortSignal) => Promise<T>) => call("DynamoDB", send);
  const pause = backoff(world);

  async function write(send: (abortSignal: AbortSignal) => Promise<unknown>): Promise<Outcome> {
    for (let tries = 0; ; tries++) {
      try {
        await dynamo(send);
        return { done: true };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return { done: false, old: error.Item };
        if (!isNamed(error, "TransactionConflictException")) throw error;
        if (tries === RETRIES) throw contention(undefined, error);
      }
      await pause(tries);
    }
  }

  async function getMany(keys: readonly Key[]): Promise<Item[]> {
    const found: Item[] = [];
    // DynamoDB rejects a batch that contains a key twice.
    const once = new Map(keys.map(({ PK, SK }) => [`${PK} ${SK}`, keyOf({ PK, SK })]));
    let pending = [...once.values()];
    for (let tries = 0; pending.length > 0; tries++) {
      const RequestItems = { [TableName]: { Keys: pending.slice(0, BATCH), ConsistentRead: true } };
      const command = new BatchGetItemCommand({ RequestItems });
      const reply = await dynamo((abortSignal) => client.send(command, { abortSignal }));
      const items = reply.Responses?.[TableName] ?? [];
      found.push(...items);
      const unprocessed = reply.UnprocessedKeys?.[TableName]?.Keys ?? [];
      pending = [...unprocessed, ...pending.slice(BATCH)];
      if (items.length > 0) tries = 0;
      if (unprocessed.length === 0) continue;
      if (tries === RETRIES) throw overloaded();
      await pause(tries);
    }
    return found;
  }

  /** Yields the pages of a query, in order of the sort key. A page is at most 1 MB. */
  async function* pages(input: Unnamed<QueryCommandInput>): AsyncGenerator<Item[]> {
    let from: Item | undefined;
    do {
      const start = from ? { ExclusiveStartKey: from } : {};
      const ConsistentRead = input.IndexName === undefined;
      const command = new QueryCommand({ ConsistentRead, ...input, ...start, TableName });
      const reply = await dynamo((abortSignal) => client.send(command, { abortSignal }));
      yield reply.Items ?? [];
      from = reply.LastEvaluatedKey;
    } while (from);
  }

  return {
    async get(key: Key): Promise<Item | undefined> {
      const command = new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true });
      return (await dynamo((abortSignal) => client.send(command, { abortSignal }))).Item;
    },
    /** In no order, each item once. Skips absent items. */
    getMany,
    put: (input: Unnamed<PutItemCommandInput>) =>
      write((abortSignal) =>
        client.send(new PutItemCommand({ ...ON_FAILURE, ...input, TableName }), { abortSignal }),
      ),
    delete: (input: Unnamed<DeleteItemCommandInput>) =>
      write((abortSignal) =>
        client.send(new DeleteItemCommand({ ...ON_FAILURE, ...input, TableName }), { abortSignal }),
      ),
    update: (input: Unnamed<UpdateItemCommandInput>) =>
      write((abortSignal) =>
        client.send(new UpdateItemCommand({ ...ON_FAILURE, ...input, TableName }), { abortSignal }),
      ),
    /** Resolves to the attributes after the update. Undefined if its condition failed. */
    async updated(input: Unnamed<UpdateItemCommandInput>): Promise<Item | undefined> {
      let after: Item | undefined;
      const command = new UpdateItemCommand({ ...input, TableName, ReturnValues: "ALL_NEW" });
      await write(async (abortSignal) => {
        after = (await client.send(command, { abortSignal })).Attributes;
      });
      return after;
    },
    pages,
    /** In order of the sort key; at most `most` items. */
    async query(input: Unnamed<QueryCommandInput>, most = Number.POSITIVE_INFINITY): Promise<Item[]> {
      const found: Item[] = [];
      const limit = Number.isFinite(most) ? { Limit: most } : {};
      for await (const page of pages({ ...input, ...limit })) {
        found.push(...page);
        if (found.length >= most) break;
      }
      return found.slice(0, most);
    },
    /**
     * Writes all or nothing. Resolves to false if a condition failed or another transaction holds
     * one of the items. Retries of the SDK share a token, so a transaction doesn't fail because its
     * first reply was lost.
     */
    async transact(writes: readonly TableWrite[]): Promise<boolean> {
      const TransactItems = writes.map((one) => named(one, TableName));
      const command = new TransactWriteItemsCommand({ TransactItems });
      try {
        await dynamo((abortSignal) => client.send(command, { abortSignal }));
        return true;
      } catch (error) {
        if (isNamed(error, "TransactionConflictException")) return false;
        if (!(error instanceof TransactionCanceledException)) throw error;
        const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? "None");
        if (codes.some((code) => LOST.has(code))) return false;
        if (codes.some((code) => OVERLOADED.has(code))) throw overloaded(error);
        throw error;
      }
    },
    pause,
  };
}

/** One write of a transaction, without the name of the table. */
export type TableWrite =
  | { Put: Unnamed<NonNullable<TransactWriteItem["Put"]>> }
  | { Delete: Unnamed<NonNullable<TransactWriteItem["Delete"]>> };

const ON_FAILURE = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
const LOST = new Set(["ConditionalCheckFailed", "TransactionConflict"]);
const OVERLOADED = new Set(["ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingError"]);

const named = (write: TableWrite, TableName: string): TransactWriteItem =>
  "Put" in write ? { Put: { ...write.Put, TableName } } : { Delete: { ...write.Delete, TableName } };

const overloaded = (cause?: unknown): AppError =>
  new AppError("dependency-unavailable", "DynamoDB is overloaded. Try again.", {
    cause,
    retryAfterSeconds: 1,
  });

/**
 * Puts all of these items or none, over existing ones. Tries again if another writer is at them.
 */
export async function putAll(table: Table, items: readonly Item[]): Promise<void> {
  for (let attempt = 0; attempt <= RETRIES; attempt++) {
    if (await table.transact(items.map((item) => ({ Put: { Item: item } })))) return;
    await table.pause(attempt);
  }
  throw contention();
}
