import { expect, test } from "vitest";
import { parseTrials } from "../../lib/evaluate/trial-list.ts";

test("a line is a label and two paths, and the first path is the enrolled side", () => {
  expect(parseTrials("1 a.wav b.wav\n0 a.wav c.wav\n", "list.txt")).toEqual([
    { line: 1, target: true, enrolled: "a.wav", probe: "b.wav" },
    { line: 2, target: false, enrolled: "a.wav", probe: "c.wav" },
  ]);
});

test("takes Kaldi's lines, with the label behind the sides", () => {
  expect(parseTrials("a b target\na c nontarget\n1 target nontarget\n", "list.txt")).toEqual([
    { line: 1, target: true, enrolled: "a", probe: "b" },
    { line: 2, target: false, enrolled: "a", probe: "c" },
    { line: 3, target: true, enrolled: "target", probe: "nontarget" },
  ]);
  const [scored] = parseTrials("a b target -0.5\na c nontarget 0.1\n", "list.txt", "scored");
  expect(scored).toMatchObject({ target: true, enrolled: "a", probe: "b", score: -0.5 });
});

test("skips empty lines, carriage returns and a byte-order mark, and keeps line numbers", () => {
  const trials = parseTrials("\uFEFF1 a b\r\n\r\n0\ta\tc\r\n", "list.txt");
  expect(trials.map(({ line, target, enrolled }) => [line, target, enrolled])).toEqual([
    [1, true, "a"],
    [3, false, "a"],
  ]);
});

test("splits a line with tabs at its tabs only, so that paths may contain spaces", () => {
  const [trial] = parseTrials("1\tmy voice.wav\tthe other.wav\n0\ta\tb\n", "list.txt");
  expect([trial.enrolled, trial.probe]).toEqual(["my voice.wav", "the other.wav"]);
});

const messageOf = (text: string) => {
  try {
    parseTrials(text, "list.txt");
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "accepted";
};

test("rejects an invalid label or number of fields with the line number", () => {
  expect(messageOf("1 a b\nx a c\n")).toMatch(/^list\.txt:2: The label is "x"\. Use 1 \(same speaker\)/);
  expect(messageOf("1 a b\n\n0 a\n")).toMatch(/^list\.txt:3: The line has 2 fields/);
  expect(messageOf("1 a b\n0 a b c\n")).toMatch(/^list\.txt:2: The line has 4 fields/);
});

test("rejects a repeated trial, even with another label, and names both lines", () => {
  expect(messageOf("1 a b\n0 a c\n1 a b\n")).toMatch(/^list\.txt:3: The trial repeats line 1/);
  expect(messageOf("1 a b\n0 a b\n")).toMatch(/^list\.txt:2: The trial repeats line 1/);
});

test("accepts a pair in reverse order, because the enrolled side differs", () => {
  expect(parseTrials("1 a b\n1 b a\n0 a c\n", "list.txt").length).toBe(3);
});

test("rejects a list without trials, and a list with one label only", () => {
  expect(messageOf("\n\n")).toMatch(/^list\.txt: The list has no trials/);
  expect(messageOf("1 a b\n1 a c\n")).toMatch(/^list\.txt: All 2 trials have label 1/);
  expect(messageOf("0 a b\n")).toMatch(/^list\.txt: All 1 trials have label 0/);
});
