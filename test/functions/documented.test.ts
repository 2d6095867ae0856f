import { expect, test } from "vitest";
import { requireDocumented } from "../support/documented.ts";

const problem = (slug: string) => ({
  status: 404,
  text: JSON.stringify({ type: `urn:voiceroll:problem:${slug}` }),
});

test("the clients of tests accept only problems that the OpenAPI document lists for the operation", () => {
  requireDocumented("GET", "/speakers/alice", problem("speaker-not-found"));
  requireDocumented("GET", "/nowhere", problem("route-not-found"));
  expect(() => requireDocumented("GET", "/speakers/alice", problem("job-not-found"))).toThrow(
    "GET /speakers/{id} doesn't document urn:voiceroll:problem:job-not-found",
  );
  expect(() => requireDocumented("GET", "/keys/self", problem("key-not-found"))).toThrow();
});
