import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { wrappedJson } from "../lib/wrapped-json.ts";

const read = (file: string) => readFileSync(join(import.meta.dirname, "..", file), "utf8");

test("puts what fits on one line and omits undefined members", () => {
  expect(wrappedJson({ far: 0.01, points: [1, 2], none: undefined })).toBe(
    '{"far": 0.01, "points": [1, 2]}\n',
  );
  expect(wrappedJson([])).toBe("[]\n");
});

test("fills the lines of a long list of numbers and gives a long object one member per line", () => {
  const numbers = Array.from({ length: 60 }, (_, i) => i + 1000);
  const lines = wrappedJson({ size: 60, numbers }).split("\n");
  expect(lines.slice(0, 3)).toEqual(["{", ' "size": 60,', ' "numbers": [']);
  expect(lines[3]).toBe(`  ${numbers.slice(0, 18).join(", ")},`);
  expect(lines.slice(-4)).toEqual([`  ${numbers.slice(54).join(", ")}`, " ]", "}", ""]);
});

test("property: the text parses to the same value, and only a long string makes a line longer than 110", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: true }), (value) => {
      const text = wrappedJson(value);
      expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      for (const line of text.split("\n")) if (!/"/.test(line)) expect(line.length).toBeLessThanOrEqual(110);
    }),
    { seed: 20260 },
  );
});

const LAID_OUT = [
  ...["calibration.json", "model.json", "speakers-check.json"].map((name) => `models/ecapa-c256/${name}`),
  "infra/snapshot.json",
];

test.each(LAID_OUT)("%s is in this layout", (file) => {
  expect(wrappedJson(JSON.parse(read(file)))).toBe(read(file));
});

const GOLDENS = ["intervals", "logistic", "measures", "metrics", "norm-cohorts", "norm", "two-covariance"];

test.each(GOLDENS)("test/golden/score/%s.json has no number on a line of its own", (name) => {
  const lines = read(`test/golden/score/${name}.json`).split("\n");
  const lone = lines.filter(
    (line, i) => /^\s*-?[\d.e-]+,?$/.test(line) && /^\s*-?[\d.e-]+,/.test(lines[i + 1]),
  );
  expect(lone).toEqual([]);
});
