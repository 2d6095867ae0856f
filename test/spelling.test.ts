import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openApiDocument } from "../functions/openapi.ts";
import { titles } from "../lib/error.ts";

/** British forms of words that this project uses, and any form of `enrol` other than `enroll`. */
const STEMS =
  "normal|standard|recogn|synthes|minim|maxim|parametr|regular|optim|quant|initial|emphas|author|organ|" +
  "real|summar";
const BRITISH = new RegExp(
  [
    "enrol(?!l)",
    `\\w*(?:${STEMS})is(?:e[sdr]?|ing|ation)\\b`,
    "analys(?:e[sd]?|ing)\\b",
    "behaviour|colour|neighbour|favour|centre[ds]?\\b|centring|licence|catalogue",
    "labell(?:ed|ing)|cancelled|modell(?:ed|ing)",
  ].join("|"),
  "gi",
);

const britishIn = (text: string) => text.match(BRITISH) ?? [];

test("the OpenAPI document uses American spelling, and spells enroll with two l", () => {
  expect(britishIn(JSON.stringify(openApiDocument()))).toEqual([]);
});

test("problem slugs and titles use American spelling", () => {
  expect(britishIn(JSON.stringify(titles))).toEqual([]);
});

test("the documentation is in American spelling", () => {
  const root = join(import.meta.dirname, "..");
  const pages = [
    ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
    ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"],
  ].filter((name) => name.endsWith(".md"));
  const found = pages.flatMap((page) =>
    britishIn(readFileSync(join(root, page), "utf8")).map((word) => `${page}: ${word}`),
  );
  expect(found).toEqual([]);
});

test("the check finds British forms in any case, alone or inside a name", () => {
  const text = "Enrolment enrolSpeechSeconds normalised needs-reenrolment Behaviour enroll enrollment";
  expect(britishIn(text)).toHaveLength(5);
});
