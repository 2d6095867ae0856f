import { expect, test } from "vitest";
import { bytesOf, client, json, wav } from "./client.ts";

test("a search in a group compares its members only, with a threshold for that number", async () => {
  const c = await client();
  for (const name of ["ann", "bob", "eve", "max"]) await c.enroll(name, "1", "2", "3", "4");
  const put = (path: string, body: object) =>
    c.call("PUT", path, { headers: json, body: JSON.stringify(body) });
  const made = await put("/groups/night-shift", { name: "Night shift" });
  expect([made.status, made.body]).toEqual([
    200,
    expect.objectContaining({ name: "Night shift", members: 0 }),
  ]);
  const filled = await put("/groups/night-shift/members", { speakers: ["bob", "ann", "bob"] });
  expect(filled.body).toMatchObject({ name: "Night shift", members: 2, version: 2 });
  expect((await c.call("GET", "/groups/night-shift/members")).body).toEqual({ speakers: ["bob", "ann"] });

  const identify = (query: string, voice: string) =>
    c.call("POST", `/identify${query}`, { headers: wav, body: bytesOf(`voice=${voice} take=9`) });
  const inside = await identify("?group=night-shift&far=0.002", "ann");
  expect(inside.body).toMatchObject({ decision: "match", searched: 2, candidates: [{ speaker: "ann" }, {}] });
  const whole = await identify("?far=0.002", "ann");
  expect(whole.body.searched).toBe(4);
  expect(whole.body.threshold.value).toBeGreaterThan(inside.body.threshold.value);
  expect((await identify("?group=night-shift", "eve")).body).toMatchObject({
    decision: "unknown",
    searched: 2,
  });
  expect((await identify("", "eve")).body).toMatchObject({ decision: "match" });

  // Erasing a speaker removes it from every group.
  expect((await c.call("DELETE", "/speakers/bob")).status).toBe(204);
  expect((await c.call("GET", "/groups/night-shift/members")).body).toEqual({ speakers: ["ann"] });
  expect((await put("/groups/night-shift/members", { speakers: [] })).body.members).toBe(0);
  expect((await identify("?group=night-shift", "ann")).body).toMatchObject({
    reasons: ["empty_gallery"],
    searched: 0,
  });
});

test("rejects an unknown group and unknown members, and changes nothing", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const notFound = /group-not-found$/;
  for (const path of ["/groups/none", "/groups/none/members", "/groups/..%2f"])
    expect((await c.call("GET", path)).body.type).toMatch(notFound);
  const search = await c.call("POST", "/identify?group=none", {
    headers: wav,
    body: bytesOf("voice=ann take=9"),
  });
  expect([search.status, search.body.type]).toEqual([404, expect.stringMatching(notFound)]);
  const body = JSON.stringify({ speakers: ["ann", "nobody"] });
  const wrong = await c.call("PUT", "/groups/team/members", { headers: json, body });
  expect(wrong.body.errors).toMatchObject([{ pointer: "/speakers/1" }]);
  expect((await c.call("GET", "/groups/team")).status).toBe(404);
});
