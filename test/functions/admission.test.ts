import fc from "fast-check";
import { expect, test } from "vitest";
import { admissionGate } from "../../functions/http/guard/admission.ts";

test("a full gate refuses the next request, and takes one again when one has left", () => {
  const gate = admissionGate({ requests: 2, bytes: 100 });
  const [first, second] = [gate.enter(1), gate.enter(1)];
  expect(gate.enter(1)).toBeUndefined();
  first?.();
  expect(gate.enter(1)).toBeDefined();
  expect(second).toBeDefined();
});

test("a place that is given back twice is one place", () => {
  const gate = admissionGate({ requests: 1, bytes: 100 });
  const leave = gate.enter(1);
  leave?.();
  leave?.();
  expect([gate.enter(1) !== undefined, gate.enter(1) !== undefined]).toEqual([true, false]);
});

test("the bodies in work stay within the limit, but one larger body may enter alone", () => {
  const gate = admissionGate({ requests: 10, bytes: 100 });
  const large = gate.enter(500);
  expect([large !== undefined, gate.enter(1) !== undefined]).toEqual([true, false]);
  large?.();
  expect([60, 40, 1].map((bytes) => gate.enter(bytes) !== undefined)).toEqual([true, true, false]);
});

test("whatever comes and goes, the limits hold and an empty gate is as new", () => {
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
