import { expect, test } from "vitest";
import { bytesOf, client, json, wav } from "./client.ts";

test("`fields` leaves only the named parts of a reply, also of lists and of POST", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2");
  await c.enroll("bob", "1");
  const get = async (path: string) => (await c.call("GET", path)).body;
  expect(await get("/speakers?fields=speakers.id,speakers.clips")).toEqual({
    speakers: [
      { id: "ann", clips: 2 },
      { id: "bob", clips: 1 },
    ],
  });
  expect(await get("/speakers?limit=1&fields=next")).toEqual({ next: expect.any(String) });
  expect(await get("/speakers/ann?fields=attempts.rejects,attempts")).toHaveProperty("attempts.pauseSeconds");
  expect(await get("/speakers/ann?fields=nothing")).toEqual({});
  const probe = { headers: wav, body: bytesOf("voice=ann take=9") };
  const verified = await c.call("POST", "/verify?speaker=ann&fields=decision,score.value", probe);
  expect(verified.body).toEqual({ decision: "accept", score: { value: expect.any(Number) } });
  const named = { headers: json, body: '{"name": "Ann"}' };
  expect((await c.call("PATCH", "/speakers/ann?fields=name", named)).body).toEqual({ name: "Ann" });
});

test("a replay has the same part; a text that isn't a list of fields is rejected before anything happens", async () => {
  const c = await client();
  const enroll = (query: string, key: string) =>
    c.call("POST", `/speakers/ann/enroll${query}`, {
      headers: { ...wav, "Idempotency-Key": key },
      body: bytesOf("voice=ann take=1"),
    });
  const wrong = await enroll("?fields=a..b", "one");
  expect([wrong.status, wrong.body.errors]).toMatchObject([422, [{ pointer: "/fields" }]]);
  expect((await c.call("GET", "/speakers/ann")).status).toBe(404);
  const first = await enroll("?fields=speaker.id", "two");
  expect(first.body).toEqual({ speaker: { id: "ann" } });
  const again = await enroll("?fields=speaker.id", "two");
  expect([again.body, again.headers.get("Idempotent-Replayed")]).toEqual([first.body, "true"]);
});
