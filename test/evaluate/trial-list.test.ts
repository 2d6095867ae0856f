import { expect, test } from "vitest";
import { parseTrials } from "../../lib/evaluate/trial-list.ts";

test("a line is a label and two paths; the first is the enrolled side", () => {
  expect(parseTrials("1 a.wav b.wav\n0 a.wav c.wav\n", "list.txt")).toEqual([
    { line: 1, target: true, enrolled: "a.wav", probe: "b.wav" },
    { line: 2, target: false, enrolled: "a.wav", probe: "c.wav" },
  ]);
});

test("empty lines, Windows line ends and a byte-order mark are passed over, and lines keep their numbers", () => {
  const trials = parseTrials("\uFEFF1 a b\r\n\r\n0\ta\tc\r\n", "list.txt");
  expect(trials.map(({ line, target, enrolled }) => [line, target, enrolled])).toEqual([
    [1, true, "a"],
    [3, false, "a"],
  ]);
});

test("tabs separate where a line has any, so that paths may hold spaces", () => {
  const [trial] = parseTrials("1\tmy voice.wav\tthe other.wav\n0\ta\tb\n", "list.txt");
  expect([trial.enrolled, trial.probe]).toEqual(["my voice.wav", "the other.wav"]);
});

const refusal = (text: string) => {
  try {
    parseTrials(text, "list.txt");
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "taken";
};

test("a wrong label or number of fields is refused with list and line", () => {
  expect(refusal("1 a b\nx a c\n")).toMatch(/^list\.txt:2: the label is "x"; it is 1 for the same speaker/);
  expect(refusal("1 a b\n\n0 a\n")).toMatch(/^list\.txt:3: has 2 fields/);
  expect(refusal("1 a b\n0 a b c\n")).toMatch(/^list\.txt:2: has 4 fields/);
});

test("a repeated trial is refused and both lines are named, whatever its label", () => {
  expect(refusal("1 a b\n0 a c\n1 a b\n")).toMatch(/^list\.txt:3: repeats the trial of line 1/);
  expect(refusal("1 a b\n0 a b\n")).toMatch(/^list\.txt:2: repeats the trial of line 1/);
});

test("the same pair turned round is another trial: the enrolled side differs", () => {
  expect(parseTrials("1 a b\n1 b a\n0 a c\n", "list.txt").length).toBe(3);
});

test("a list without trials or of one label only is refused", () => {
  expect(refusal("\n\n")).toMatch(/^list\.txt: has no trials/);
  expect(refusal("1 a b\n1 a c\n")).toMatch(/^list\.txt: all 2 trials have label 1/);
  expect(refusal("0 a b\n")).toMatch(/^list\.txt: all 1 trials have label 0/);
});
