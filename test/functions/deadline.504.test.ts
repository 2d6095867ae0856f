import { expect, test } from "vitest";
import { deadlineSignal } from "../../lib/deadline.ts";
import { testServices } from "../support/services.ts";
import { bytesOf, clientOf, wav } from "./client.ts";

const DEADLINE_MS = 300;

/** Verify, with an embedder that outlasts the deadline; what the signal says before the deadline and after it. */
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

test("after the deadline work goes on, and adapters are told of nothing", async () => {
  expect(await lateVerify(false)).toEqual({ status: 504, aborted: [false, false] });
});

test("where nothing may go on after it, adapters are told by the request's own signal", async () => {
  expect(await lateVerify(true)).toEqual({ status: 504, aborted: [false, true] });
  expect(deadlineSignal()).toBeUndefined();
});
