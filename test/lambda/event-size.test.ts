import { expect, test } from "vitest";
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from "../../functions/http/guard/limits.ts";

/** The most bytes of an event of a synchronous invocation. */
const MOST_EVENT_BYTES = 6_291_556;
/** What the gateway adds: the request's context, and the fields' names. */
const CONTEXT_BYTES = 4096;

test("the longest body fits into an event of Lambda, with the longest headers as JSON", () => {
  const base64 = Math.ceil(MAX_BODY_BYTES / 3) * 4;
  // JSON writes a quote or a backslash with two bytes.
  expect(base64 + 2 * MAX_HEADER_BYTES + CONTEXT_BYTES).toBeLessThan(MOST_EVENT_BYTES);
});
