import { expect, test } from "vitest";
import { groupIdOf } from "../../functions/http/body/schema.ts";
import { idOf } from "../bad-input/stage.ts";
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

test("lists groups in pages, and deletes one without its members", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  for (const id of ["day", "late", "night"])
    await c.call("PUT", `/groups/${id}/members`, { headers: json, body: '{"speakers": ["ann"]}' });
  const first = (await c.call("GET", "/groups?limit=2")).body;
  expect(first.groups).toMatchObject([{ id: "day", members: 1 }, { id: "late" }]);
  const last = (await c.call("GET", `/groups?limit=2&cursor=${first.next}`)).body;
  expect(last).toMatchObject({ groups: [{ id: "night" }], next: null });
  // A cursor belongs to its route.
  expect((await c.call("GET", `/speakers?cursor=${first.next}`)).status).toBe(400);

  expect((await c.call("DELETE", "/groups/late")).status).toBe(204);
  expect((await c.call("DELETE", "/groups/late")).body.type).toMatch(/group-not-found$/);
  expect((await c.call("GET", "/groups/late/members")).status).toBe(404);
  expect((await c.call("GET", "/groups")).body.groups.map(({ id }: { id: string }) => id)).toEqual([
    "day",
    "night",
  ]);
  expect((await c.call("GET", "/speakers/ann")).status).toBe(200);
});

test("adds and removes members, in parallel too, and keeps the others", async () => {
  const c = await client();
  const names = ["ann", "bob", "eve", "max"];
  for (const name of names) await c.enroll(name, "1");
  const change = (body: object, group = "team") =>
    c.call("PATCH", `/groups/${group}/members`, { headers: json, body: JSON.stringify(body) });
  const members = async () => (await c.call("GET", "/groups/team/members")).body.speakers;
  expect((await change({ add: ["ann"] })).body.type).toMatch(/group-not-found$/);
  await c.call("PUT", "/groups/team", { headers: json, body: "{}" });
  await Promise.all(names.map((name) => change({ add: [name] })));
  expect((await members()).sort()).toEqual(names);
  const swapped = await change({ remove: ["bob", "eve", "nobody"], add: ["bob"] });
  expect([swapped.status, swapped.body.members]).toEqual([200, 3]);
  expect((await members()).sort()).toEqual(["ann", "bob", "max"]);
  const wrong = await change({ add: ["ann", "nobody"], remove: ["max"] });
  expect([wrong.status, wrong.body.errors]).toMatchObject([422, [{ pointer: "/add/1" }]]);
  expect((await change({})).status).toBe(422);
  expect(await members()).toHaveLength(3);
});

test("a group has at most 2,000 members", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const { registryId } = c.services;
  const at = "2026-01-01T00:00:00.000Z";
  const members = Array.from({ length: 2000 }, (_, i) => idOf(`member-${i}`));
  const group = { registryId, groupId: groupIdOf("team"), members, version: 1, createdAt: at, updatedAt: at };
  await c.services.groups.put(group);
  const change = (body: object) =>
    c.call("PATCH", "/groups/team/members", { headers: json, body: JSON.stringify(body) });
  const full = await change({ add: ["ann"] });
  expect([full.status, full.body.detail]).toEqual([422, expect.stringContaining("at most 2000 members")]);
  expect((await change({ add: ["ann"], remove: ["member-7"] })).body.members).toBe(2000);
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
