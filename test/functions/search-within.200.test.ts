import { expect, test } from "vitest";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";

async function enrolled(): Promise<Client> {
  const c = await client();
  for (const name of ["ann", "bob", "eve", "max"]) await c.enroll(name, "1", "2", "3", "4");
  return c;
}
const probe = (voice: string) => ({ headers: wav, body: bytesOf(`voice=${voice} take=9`) });

test("identify compares only the speakers that a request names", async () => {
  const c = await enrolled();
  const two = await c.call("POST", "/identify?speakers=ann,eve", probe("ann"));
  expect(two.body).toMatchObject({ decision: "match", searched: 2, candidates: [{ speaker: "ann" }, {}] });
  const others = JSON.stringify({
    speakers: ["bob", "eve"],
    audio: { base64: base64Of("voice=ann take=9") },
  });
  expect((await c.call("POST", "/identify", { headers: json, body: others })).body).toMatchObject({
    decision: "unknown",
    searched: 2,
  });
  const unknown = await c.call("POST", "/identify?speakers=ann,nobody", probe("ann"));
  expect([unknown.status, unknown.body.errors]).toMatchObject([422, [{ pointer: "/speakers/1" }]]);
  await c.call("PUT", "/groups/team", { headers: json, body: "{}" });
  const both = await c.call("POST", "/identify?speakers=ann&group=team", probe("ann"));
  expect(both.body.errors).toMatchObject([{ pointer: "/speakers" }]);
});

test("verify also searches a watchlist, at the threshold of a search, and decides as without it", async () => {
  const c = await enrolled();
  const members = JSON.stringify({ speakers: ["bob", "max"] });
  await c.call("PUT", "/groups/banned/members", { headers: json, body: members });
  const usual = (await c.call("POST", "/verify?speaker=ann", probe("ann"))).body;
  expect(usual.watchlist).toBeNull();
  const clear = (await c.call("POST", "/verify?speaker=ann&watchlist=banned", probe("ann"))).body;
  expect(clear).toMatchObject({ decision: "accept", watchlist: { decision: "unknown", searched: 2 } });
  const found = (await c.call("POST", "/verify?speaker=ann&watchlist=banned", probe("bob"))).body;
  expect(found).toMatchObject({
    decision: "reject",
    watchlist: { group: "banned", decision: "match", candidates: [{ speaker: "bob" }, {}] },
  });
  const searched = (await c.call("POST", "/identify?group=banned", probe("bob"))).body;
  expect(found.watchlist.threshold).toEqual(searched.threshold);
  expect((await c.call("GET", `/decisions/${found.decisionId}`)).body.reply.watchlist).toEqual(
    found.watchlist,
  );
  expect((await c.call("POST", "/verify?speaker=ann&watchlist=none", probe("ann"))).status).toBe(404);
});

test("a watchlist needs the scope of a search, and shows no scores without theirs", async () => {
  const c = await enrolled();
  await c.call("PUT", "/groups/banned/members", { headers: json, body: '{"speakers": ["bob", "max"]}' });
  const path = "/verify?speaker=ann&watchlist=banned";
  const verifier = await c.keyWith(["verify"]);
  expect((await c.call("POST", path, { ...probe("bob"), key: verifier })).status).toBe(403);
  const { watchlist } = (
    await c.call("POST", path, { ...probe("bob"), key: await c.keyWith(["verify", "identify"]) })
  ).body;
  expect(watchlist).toMatchObject({ threshold: null, candidates: [{ speaker: "bob", score: null }] });
  expect(watchlist.candidates).toHaveLength(1);
});
