import fc from "fast-check";
import { expect, test } from "vitest";
import { fairQueue } from "../../lib/adapters/model/fair-queue.ts";

const drainInOrder = (queue: ReturnType<typeof fairQueue<string>>) =>
  Array.from({ length: queue.size }, () => queue.shift());

test("owners take turns, regardless of who queued first and how much", () => {
  const queue = fairQueue<string>(100);
  for (const item of ["a1", "a2", "a3", "a4"]) queue.push("a", item);
  for (const item of ["b1", "b2"]) queue.push("b", item);
  queue.push("c", "c1");
  expect(drainInOrder(queue)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
});

test("a newcomer waits for at most one item of each other owner", () => {
  const queue = fairQueue<string>(2000);
  for (let i = 0; i < 1000; i++) queue.push("flood", `f${i}`);
  queue.shift();
  queue.push("late", "l");
  expect([queue.shift(), queue.shift()]).toContain("l");
});

test("a full queue refuses the next item, and takes one again after a shift", () => {
  const queue = fairQueue<string>(2);
  expect([queue.push("a", "1"), queue.push("b", "2"), queue.push("c", "3")]).toEqual([true, true, false]);
  expect(queue.size).toBe(2);
  queue.shift();
  expect(queue.push("c", "3")).toBe(true);
});

test("a removed item is never served, and removing it twice changes nothing", () => {
  const queue = fairQueue<string>(10);
  for (const item of ["a1", "a2", "a3"]) queue.push("a", item);
  expect([queue.remove("a", "a2"), queue.remove("a", "a2"), queue.remove("b", "a1")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(drainInOrder(queue)).toEqual(["a1", "a3"]);
});

test("any sequence of operations serves each owner in order and counts what is waiting", () => {
  const owner = fc.constantFrom("a", "b", "c");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), owner }),
    fc.record({ kind: fc.constant("shift" as const) }),
    fc.record({ kind: fc.constant("remove" as const), owner }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = fairQueue<string>(8);
      const model: { owner: string; item: string }[] = [];
      const ofOwner = (name: string) => model.filter((one) => one.owner === name);
      steps.forEach((one, i) => {
        if (one.kind === "push") {
          const added = queue.push(one.owner, `${i}`);
          expect(added).toBe(model.length < 8);
          if (added) model.push({ owner: one.owner, item: `${i}` });
        } else if (one.kind === "shift") {
          const item = queue.shift();
          const at = model.findIndex((entry) => entry.item === item);
          if (item === undefined) expect(model).toEqual([]);
          else expect(ofOwner(model[at].owner)[0].item).toBe(item);
          if (at >= 0) model.splice(at, 1);
        } else {
          const last = ofOwner(one.owner).at(-1);
          expect(queue.remove(one.owner, last?.item ?? "none")).toBe(last !== undefined);
          if (last) model.splice(model.indexOf(last), 1);
        }
        expect(queue.size).toBe(model.length);
      });
    }),
  );
});
