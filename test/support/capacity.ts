import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Capacity units that DynamoDB bills, and the calls that consumed them. */
type Consumed = { read: number; write: number; calls: string[] };

type Units = { CapacityUnits?: number };

/**
 * Makes every call of the client report its consumption. Returns a function that measures `work`.
 */
export function meterOf(
  client: DynamoDBClient,
): <T>(work: () => Promise<T>) => Promise<{ result: T } & Consumed> {
  let consumed: Consumed = { read: 0, write: 0, calls: [] };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: "TOTAL" });
      const reply = await next(args);
      const name = (context.commandName ?? "").replace("Command", "");
      const { ConsumedCapacity } = reply.output as { ConsumedCapacity?: Units | Units[] };
      const units = [ConsumedCapacity ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      const kind = /^(BatchGet|Get|Query)/.test(name) ? "read" : "write";
      consumed[kind] += units;
      consumed.calls.push(`${name} ${units}`);
      return reply;
    },
    { step: "initialize", name: "consumedCapacity" },
  );
  return async (work) => {
    consumed = { read: 0, write: 0, calls: [] };
    const result = await work();
    return { result, ...consumed, calls: [...consumed.calls] };
  };
}
