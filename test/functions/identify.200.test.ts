import { expect, test } from "vitest";
import { bytesOf, client, wav } from "./client.ts";

const probe = bytesOf("voice=bob take=9");

test("finds the speaker and lists the candidates best first", async () => {
  const { call, enroll } = await client();
  for (const name of ["alice", "bob", "carol"]) await enroll(name, "1", "2");
  const { status, body } = await call("POST", "/identify?limit=2", { headers: wav, body: probe });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    decision: "match",
    searched: 3,
    spoofCheck: "none",
    candidates: [{ speaker: "bob" }, {}],
  });
  expect(body.candidates).toHaveLength(2);
  expect(body.margin).toBeCloseTo(body.candidates[0].score.value - body.candidates[1].score.value, 2);
});

test("returns unknown for a voice that isn't enrolled", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1", "2");
  const { body } = await call("POST", "/identify", { headers: wav, body: probe });
  expect(body).toMatchObject({ decision: "unknown", reasons: expect.arrayContaining(["below_threshold"]) });
});

test("a key without scores:read gets IDs and bands, but no score, margin or threshold", async () => {
  const { call, enroll, keyWith } = await client();
  for (const name of ["alice", "bob"]) await enroll(name, "1");
  const { body } = await call("POST", "/identify", {
    headers: wav,
    body: probe,
    key: await keyWith(["identify"]),
  });
  expect(body).toMatchObject({ decision: "match", margin: null, threshold: null });
  expect(body.candidates[0]).toEqual({ speaker: "bob", score: null, band: "strong" });
});

test("a key without scores:read gets no candidate below the threshold", async () => {
  const { call, enroll, keyWith } = await client();
  for (const name of ["alice", "bob"]) await enroll(name, "1", "2");
  const key = await keyWith(["identify"]);
  const matched = await call("POST", "/identify", { headers: wav, body: probe, key });
  expect(matched.body.candidates).toEqual([{ speaker: "bob", score: null, band: "strong" }]);
  const body = bytesOf("voice=stranger take=1");
  const missed = await call("POST", "/identify", { headers: wav, body, key });
  expect(missed.body).toMatchObject({ decision: "unknown", candidates: [] });
});
