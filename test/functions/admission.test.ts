import fc from "fast-check";
import { expect, test } from "vitest";
import { admissionGate } from "../../functions/http/guard/admission.ts";

test("a full gate rejects the next request, and accepts one again when one has finished", () => {
  const gate = admissionGate({ requests: 2, bytes: 100 });
  const [first, second] = [gate.enter(1), gate.enter(1)];
  expect(gate.enter(1)).toBeUndefined();
  first?.();
  expect(gate.enter(1)).toBeDefined();
  expect(second).toBeDefined();
});

test("releasing a place twice frees one place", () => {
  const gate = admissionGate({ requests: 1, bytes: 100 });
  const leave = gate.enter(1);
  leave?.();
  leave?.();
  expect([gate.enter(1) !== undefined, gate.enter(1) !== undefined]).toEqual([true, false]);
});

test("the bodies stay within the byte limit, but a single larger body is accepted", () => {
  const gate = admissionGate({ requests: 10, bytes: 100 });
  const large = gate.enter(500);
  expect([large !== undefined, gate.enter(1) !== undefined]).toEqual([true, false]);
  large?.();
  expect([60, 40, 1].map((bytes) => gate.enter(bytes) !== undefined)).toEqual([true, true, false]);
});

test("the limits hold over any sequence of requests, and an empty gate accepts as many as a new one", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(80)), { maxLength: 100 }), (steps) => {
      const gate = admissionGate({ requests: 4, bytes: 100 });
      const inside: { bytes: number; leave: () => void }[] = [];
      for (const [comes, bytes] of steps) {
        if (!comes) inside.shift()?.leave();
        const leave = comes ? gate.enter(bytes) : undefined;
        if (leave) inside.push({ bytes, leave });
        expect(inside.length).toBeLessThanOrEqual(4);
        expect(inside.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(100);
      }
      for (const { leave } of inside) leave();
      expect([25, 25, 25, 25].map((one) => gate.enter(one) !== undefined)).toEqual([true, true, true, true]);
    }),
  );
});
