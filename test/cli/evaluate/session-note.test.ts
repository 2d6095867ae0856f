import { expect, test } from "vitest";
import { sessionNote } from "../../../cli/evaluate/text.ts";
import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";

const part = (condition: string, value: string, targets: number) =>
  ({ condition, value, targets, impostors: 9, speakers: 3, results: [] }) as Evaluation["parts"][number];
const note = (...sessions: Evaluation["parts"][number][]) =>
  sessionNote({ list: "office", parts: [part("all", "all", 5), ...sessions] } as unknown as Evaluation);

test("a list says how many target trials compare recordings of one session", () => {
  expect(note(part("session", "same", 2), part("session", "different", 3))).toMatch(
    /^office: 2 of 5 target trials compare recordings of one session/,
  );
});

test("a list with unknown sessions says that they aren't known", () => {
  expect(note()).toMatch(/isn't known whether/);
  expect(note(part("session", "different", 3), part("session", "unknown", 2))).toMatch(/isn't known whether/);
});

test("a list of different sessions only gets no note", () => {
  expect(note(part("session", "different", 5))).toBeUndefined();
});
