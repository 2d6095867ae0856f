import { expect, test } from "vitest";
import { type JsonLimits, parseJson, parseLists, SMALL_JSON } from "../../functions/http/body/json.ts";

const TOO_LARGE = expect.objectContaining({ slug: "body-too-large" });
const listsIn = (text: string, items = 1000) =>
  parseLists(new TextEncoder().encode(text), { bytes: 1e6, items, itemsOfElement: 4 });
const read = (text: string, limits?: JsonLimits) => parseJson(new TextEncoder().encode(text), limits);

test("fields and elements count at all depths, and the one beyond the limit is rejected", () => {
  const limits = { bytes: 1000, items: 6 };
  expect(read('{"a": [1, 2], "b": {"c": []}, "d": 0}', limits)).toEqual({ a: [1, 2], b: { c: [] }, d: 0 });
  expect(() => read('{"a": [1, 2], "b": {"c": [3]}, "d": 0}', limits)).toThrow(TOO_LARGE);
});

test("reading stops at the limit: what comes after it is not examined", () => {
  const text = `[${"1,".repeat(SMALL_JSON.items + 1)}this is not JSON`;
  expect(() => read(text)).toThrow(TOO_LARGE);
});

test("64 KiB are accepted by default, and one byte more is rejected", () => {
  const text = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));
  expect(read(text(64 * 1024))).toHaveLength(64 * 1024 - 2);
  expect(() => read(text(64 * 1024 + 1))).toThrow(TOO_LARGE);
});

test("a document with long lists is read as by JSON.parse, whatever its fields", async () => {
  for (const text of [
    '{"a": [], "b" :[ 1,{"c":[2]} , "x"], "d": {"e": null}}',
    "{}",
    " { } ",
    "[1, 2]",
    '"x"',
  ])
    expect(await listsIn(text)).toEqual(JSON.parse(text));
});

test("a document with long lists is as strict as any other, and its faults have the same places", async () => {
  for (const text of [
    '{"a": [1 2]}',
    '{"a": [1], "a": 2}',
    '{"a": [01]}',
    '{"a": [{"b": 1, "b": 2}]}',
    '{"a": [1]} x',
    '{"a": [1',
    '{"a": ["\\ud800"]}',
    '{"a": [{"__proto__": 1}]}',
    '{"__proto__": [1]}',
  ]) {
    const usual = (() => {
      try {
        return read(text);
      } catch (error) {
        return error;
      }
    })();
    expect(usual).toBeInstanceOf(Error);
    await expect(listsIn(text)).rejects.toEqual(usual);
  }
});

test("an element, the fields at the top and the whole document have limits of their own", async () => {
  expect(await listsIn('{"a": [[1,2,3,4],[1,2,3,4]]}', 11)).toEqual({
    a: [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
  });
  for (const [text, items] of [
    ['{"a": [[1,2,3,4],[1,2,3,4]]}', 10],
    ['{"a": [[1,2,3,4,5]]}', 100],
    ['{"a": {"b": [1,2,3,4]}}', 100],
    ['{"a":1,"b":1,"c":1,"d":1,"e":1}', 100],
    [`{"a": ${"[".repeat(20)}`, 100],
  ] as const)
    await expect(listsIn(text, items)).rejects.toThrow(TOO_LARGE);
});

test("other work runs while a long list is read", async () => {
  let turns = 0;
  const timer = setInterval(() => void turns++, 1);
  const text = JSON.stringify({ a: Array.from({ length: 100_000 }, (_, i) => ({ b: i })) });
  await parseLists(new TextEncoder().encode(text), { bytes: 1e7, items: 1e6, itemsOfElement: 4 });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});

test("a string takes as many escape sequences as base64 with escaped slashes needs, not millions", () => {
  const text = (count: number) => JSON.stringify("x").replace("x", "\\/".repeat(count));
  const limits = { bytes: 1e7, items: 1 };
  expect(read(text(100_000), limits)).toHaveLength(100_000);
  expect(() => read(text(100_001), limits)).toThrow(/more than 100000 escape sequences/);
});

test("a control character is only an error where JSON forbids it", () => {
  expect(read('"\u007f\u0085 \u2028"')).toBe("\u007f\u0085 \u2028");
  for (const code of [0, 9, 10, 31]) expect(() => read(`"a${String.fromCharCode(code)}"`)).toThrow(/control/);
});
