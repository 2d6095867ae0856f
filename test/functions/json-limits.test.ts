import { expect, test } from "vitest";
import { type JsonLimits, parseJson, SMALL_JSON } from "../../functions/http/body/json.ts";

const TOO_LARGE = expect.objectContaining({ slug: "body-too-large" });
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
