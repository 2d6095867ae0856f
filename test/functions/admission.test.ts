import fc from "fast-check";
import { expect, test } from "vitest";
import { admissionGate } from "../../functions/http/guard/admission.ts";

test("a full gate rejects the next request, and accepts one again when one has finished", () => {
  const gate = admissionGate({ requests: 2, bytes: 100 });
  const [first, second] = [gate.enter(1), gate.enter(1)];
  expect(gate.enter(1)).toBeUndefined();
  first?.leave();
  expect(gate.enter(1)).toBeDefined();
  expect(second).toBeDefined();
});

test("releasing a place twice frees one place", () => {
  const gate = admissionGate({ requests: 1, bytes: 100 });
  const place = gate.enter(1);
  place?.leave();
  place?.leave();
  expect([gate.enter(1) !== undefined, gate.enter(1) !== undefined]).toEqual([true, false]);
});

test("the bodies stay within the byte limit, but a single larger body is accepted", () => {
  const gate = admissionGate({ requests: 10, bytes: 100 });
  const large = gate.enter(500);
  expect([large !== undefined, gate.enter(1) !== undefined]).toEqual([true, false]);
  large?.leave();
  expect([60, 40, 1].map((bytes) => gate.enter(bytes) !== undefined)).toEqual([true, true, false]);
});

test("the limits hold over any sequence of requests, and an empty gate accepts as many as a new one", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(80)), { maxLength: 100 }), (steps) => {
      const gate = admissionGate({ requests: 4, bytes: 100 });
      const inside: { bytes: number; leave: () => void }[] = [];
      for (const [comes, bytes] of steps) {
        if (!comes) inside.shift()?.leave();
        const place = comes ? gate.enter(bytes) : undefined;
        if (place) inside.push({ bytes, leave: place.leave });
        expect(inside.length).toBeLessThanOrEqual(4);
        expect(inside.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(100);
      }
      for (const { leave } of inside) leave();
      expect([25, 25, 25, 25].map((one) => gate.enter(one) !== undefined)).toEqual([true, true, true, true]);
    }),
  );
});

test("a slow body leaves its place to others, and takes it again even if the server is full", () => {
  const gate = admissionGate({ requests: 1, bytes: 100 });
  const slow = gate.enter(60);
  expect(slow?.wait()).toBe(true);
  const other = gate.enter(60);
  expect(other).toBeDefined();
  slow?.resume();
  other?.leave();
  expect(gate.full(1)).toBe(true);
  slow?.leave();
  expect(gate.full(1)).toBe(false);
});

test("a place is counted once, in whatever order it is left, awaited and resumed", () => {
  const step = fc.constantFrom("leave", "wait", "resume");
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const gate = admissionGate({ requests: 2, bytes: 100 });
      const place = gate.enter(50);
      for (const name of steps) place?.[name]();
      place?.leave();
      expect([gate.enter(50), gate.enter(50), gate.enter(0)].map((one) => one !== undefined)).toEqual([
        true,
        true,
        false,
      ]);
    }),
  );
});

test("the number of slow bodies is limited, and so are their bytes", () => {
  const gate = admissionGate({ requests: 1, bytes: 100 });
  const waits = (count: number, bytes: number) =>
    Array.from({ length: count }, () => gate.enter(bytes)?.wait());
  expect(waits(2, 1)).toEqual(Array(2).fill(true));
  expect(waits(1, 1)).toEqual([false]);
  const large = admissionGate({ requests: 1, bytes: 100 });
  expect([large.enter(80)?.wait(), large.enter(80)?.wait()]).toEqual([true, false]);
});
