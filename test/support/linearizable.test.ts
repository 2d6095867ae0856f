import { expect, test } from "vitest";
import { type Event, linearizable, type Step } from "./linearizable.ts";

type Call = { write: string } | "read";

/** A register: a write has the result "ok", a read the value. */
const register: Step<string, Call, string> = (state, call, result) => {
  if (call === "read") return result === state ? state : undefined;
  return result === "ok" ? call.write : undefined;
};

const event = (calledAt: number, returnedAt: number, call: Call, result = "ok"): Event<Call, string> => ({
  call,
  result,
  calledAt,
  returnedAt,
});

test("accepts a read of the old or the new value during a write", () => {
  const write = event(1, 10, { write: "b" });
  for (const value of ["a", "b"])
    expect(linearizable([write, event(2, 3, "read", value)], "a", register)).toBe(true);
});

test("rejects a read of the old value after the write has returned", () => {
  const history = [event(1, 2, { write: "b" }), event(3, 4, "read", "a")];
  expect(linearizable(history, "a", register)).toBe(false);
});

test("rejects a new value that a later read no longer sees", () => {
  const history = [event(1, 10, { write: "b" }), event(2, 3, "read", "b"), event(4, 5, "read", "a")];
  expect(linearizable(history, "a", register)).toBe(false);
});

test("rejects two reads that saw two parallel writes in opposite orders", () => {
  const writes = [event(1, 20, { write: "b" }), event(2, 21, { write: "c" })];
  const reads = [event(3, 4, "read", "b"), event(5, 6, "read", "c"), event(7, 8, "read", "b")];
  expect(linearizable([...writes, ...reads], "a", register)).toBe(false);
  expect(linearizable([...writes, ...reads.slice(0, 2)], "a", register)).toBe(true);
});
