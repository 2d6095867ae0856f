import { expect, test } from "vitest";
import { deadlineSignal } from "../../lib/deadline.ts";
import { testServices } from "../support/services.ts";
import { bytesOf, clientOf, wav } from "./client.ts";

const DEADLINE_MS = 300;

/**
 * Verifies with an embedder that outlasts the deadline. Returns the state of the signal before and
 * after the deadline.
 */
async function lateVerify(stopAtDeadline: boolean) {
  const services = await testServices();
  const { embedder } = services;
  await (await clientOf(services)).enroll("ann", "1", "2");
  const aborted: (boolean | undefined)[] = [];
  const ended = Promise.withResolvers<void>();
  const slow: typeof services = {
    ...services,
    embedder: {
      ...embedder,
      async embed(...given) {
        aborted.push(deadlineSignal()?.aborted);
        await new Promise((resume) => setTimeout(resume, 2 * DEADLINE_MS));
        aborted.push(deadlineSignal()?.aborted);
        ended.resolve();
        return embedder.embed(...given);
      },
    },
  };
  const c = await clientOf(slow, { deadlineMs: DEADLINE_MS, stopAtDeadline });
  const { status } = await c.call("POST", "/verify?speaker=ann", {
    headers: wav,
    body: bytesOf("voice=ann take=9"),
  });
  await ended.promise;
  return { status, aborted };
}

test("after the deadline, work continues and calls of adapters aren't aborted", async () => {
  expect(await lateVerify(false)).toEqual({ status: 504, aborted: [false, false] });
});

test("with stopAtDeadline, the request's own signal aborts calls of adapters", async () => {
  expect(await lateVerify(true)).toEqual({ status: 504, aborted: [false, true] });
  expect(deadlineSignal()).toBeUndefined();
});
