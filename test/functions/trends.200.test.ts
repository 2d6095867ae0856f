import { expect, test } from "vitest";
import { bytesOf, client, wav } from "./client.ts";

test("trends need the scope scores:read beside decisions:read, and name a speaker's accepts on request", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2", "3", "4");
  const { body } = await c.call("POST", "/verify?speaker=ann", {
    headers: wav,
    body: bytesOf("voice=ann take=9"),
  });
  const all = await c.call("GET", "/trends");
  expect(all.body).toMatchObject({ looked: 1, lowerTenth: null, reEnrollmentAdvised: [], speaker: null });
  expect(all.body.weeks).toMatchObject([{ accepted: 1, rejected: 0, inconclusive: 0, rejectedCosine: null }]);
  const own = await c.call("GET", "/trends?speaker=ann");
  expect(own.body.speaker).toMatchObject([{ decisionId: body.decisionId, cosine: body.score.cosine }]);
  const key = await c.keyWith(["decisions:read"]);
  expect((await c.call("GET", "/trends", { key })).status).toBe(403);
  expect((await c.call("GET", "/trends?speaker=bob")).status).toBe(404);
});
