import fc from "fast-check";
import { expect, test } from "vitest";
import type { Services } from "../../lib/ports/services.ts";
import { linearizable } from "../support/linearizable.ts";
import { type Call, record, type Script, speakerModel, TAKES } from "../support/speaker-history.ts";
import { type OpenStore, speakerId } from "./store.ts";

const take = fc.constantFrom(...TAKES);
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: take.map((one): Call => ({ operation: "enroll", take: one })) },
  { weight: 2, arbitrary: take.map((one): Call => ({ operation: "delete", take: one })) },
  { weight: 2, arbitrary: fc.constant<Call>({ operation: "erase" }) },
  { weight: 2, arbitrary: fc.constantFrom<Call>({ operation: "verify" }, { operation: "read" }) },
);
const scripts: fc.Arbitrary<Script[]> = fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), {
  minLength: 2,
  maxLength: 3,
});

/**
 * Generates histories until one is not linearizable. Returns true if all are. The processes share a
 * store, and no run uses the speaker of another.
 */
export async function linearizableHistories(
  processes: readonly Services[],
  numRuns: number,
): Promise<boolean> {
  const step = await speakerModel();
  let runs = 0;
  const { failed, errorInstance } = await fc.check(
    fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, all) => {
      runs += 1;
      const history = await record(processes, speakerId(`ann-${runs}`), all, scheduler);
      if (!linearizable(history, "absent", step)) throw new NotLinearizable(JSON.stringify(history));
    }),
    { numRuns, seed: 20261129, endOnFailure: true },
  );
  if (failed && !(errorInstance instanceof NotLinearizable)) throw errorInstance;
  return !failed;
}

class NotLinearizable extends Error {}

/** runs  the number of histories */
export function historiesContract(open: OpenStore, runs: number): void {
  test("two processes that enroll, verify, delete and erase one speaker act like one queue", async () => {
    const { one, other } = await open();
    expect(await linearizableHistories([one, other], runs)).toBe(true);
  }, 180_000);
}
