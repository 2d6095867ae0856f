import { expect, test } from "vitest";
import { sweepRetention } from "../../lib/domain/maintenance/retention.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { hashOfId } from "../../lib/domain/speaker/id-hash.ts";
import type { SpeakerId } from "../../lib/id.ts";
import type { RegistrySettings } from "../../lib/ports/registry.ts";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";

const DAY = 86_400;

const post = (c: Client, path: string, body: object, method = "POST") =>
  c.call(method, path, { headers: json, body: JSON.stringify(body) });
const enroll = (c: Client, name: string, own: object = {}, text = `voice=${name} take=1`) =>
  post(c, `/speakers/${name}/enroll`, { audio: { base64: base64Of(text) }, ...own });
const ask = (c: Client, path: string, text: string) =>
  c.call("POST", path, { headers: wav, body: bytesOf(text) });
const ids = async (c: Client) =>
  (await c.call("GET", "/speakers")).body.speakers.map(({ id }: { id: string }) => id);
const inSeconds = (c: Client, seconds: number) =>
  new Date(c.services.clock.now().getTime() + seconds * 1000).toISOString();

async function set({ services }: Client, settings: Partial<RegistrySettings>) {
  const { registryId } = services;
  services.registry = await updateRegistry(services, { registryId, settings });
}

const sweep = ({ services }: Client, confirmed?: boolean) =>
  sweepRetention(services, { registry: services.registry, confirmed });

test("from the second of its expiry on, a speaker is refused everywhere as if it were erased", async () => {
  const c = await client();
  const { clock } = c.services;
  const enrolled = await enroll(c, "ann", { expiresAt: inSeconds(c, 60) });
  expect(enrolled.body.speaker.expiresAt).toBe(inSeconds(c, 60));
  await enroll(c, "bob");
  const clip = enrolled.body.clips[0].id;
  clock.advance(59);
  expect((await ask(c, "/verify?speaker=ann", "voice=ann take=9")).body.decision).toBe("accept");
  const found = (await ask(c, "/identify", "voice=ann take=9")).body;
  expect(found.candidates[0].speaker).toBe("ann");
  clock.advance(1);
  const refused = [
    await ask(c, "/verify?speaker=ann", "voice=ann take=9"),
    await c.call("GET", "/speakers/ann"),
    await c.call("GET", "/speakers/ann/clips"),
    await post(c, "/speakers/ann", { name: "Ann" }, "PATCH"),
    await c.call("POST", "/speakers/ann/reset"),
    await c.call("POST", "/speakers/ann/unlock"),
    await c.call("DELETE", `/speakers/ann/clips/${clip}`),
    await post(c, "/compare", {
      audioA: { clip, speaker: "ann" },
      audioB: { base64: base64Of("voice=ann take=9") },
    }),
  ];
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 404));
  expect(new Set(refused.map(({ body }) => body.type))).toEqual(
    new Set(["urn:voiceroll:problem:speaker-not-found"]),
  );
  expect((await ask(c, "/identify", "voice=ann take=9")).text).not.toContain("ann");
  expect(await ids(c)).toEqual(["bob"]);
  const again = await enroll(c, "ann", {}, "voice=ann take=2");
  expect(again).toMatchObject({ status: 409, body: { type: "urn:voiceroll:problem:speaker-expired" } });
  expect((await c.call("DELETE", "/speakers/ann")).status).toBe(204);
  expect((await enroll(c, "ann", {}, "voice=ann take=2")).status).toBe(201);
});

test("expired speakers don't take the places of others in a search", async () => {
  const c = await client();
  const expiresAt = inSeconds(c, 60);
  for (let i = 0; i < 9; i++) await enroll(c, `x${i}`, { expiresAt }, `voice=x${i} like=ann mix=0.95 take=1`);
  await enroll(c, "bob");
  c.services.clock.advance(60);
  const { candidates } = (await ask(c, "/identify?limit=1", "voice=ann take=9")).body;
  expect(candidates.map(({ speaker }: { speaker: string }) => speaker)).toEqual(["bob"]);
});

test("a speaker's own expiry precedes the registry's days after the last enrollment", async () => {
  const c = await client();
  const expiry = async (name: string) => (await c.call("GET", `/speakers/${name}`)).body.expiresAt;
  await enroll(c, "ann");
  await enroll(c, "bob", { expiresAt: "2031-01-31" });
  expect([await expiry("ann"), await expiry("bob")]).toEqual([null, "2031-01-31T00:00:00.000Z"]);
  await set(c, { speakerDays: 10 });
  expect([await expiry("ann"), await expiry("bob")]).toEqual([
    inSeconds(c, 10 * DAY),
    "2031-01-31T00:00:00.000Z",
  ]);
  c.services.clock.advance(DAY);
  const renamed = await post(c, "/speakers/ann", { name: "Ann" }, "PATCH");
  expect(renamed.body.expiresAt).toBe(inSeconds(c, 9 * DAY));
  await enroll(c, "ann", {}, "voice=ann take=2");
  expect(await expiry("ann")).toBe(inSeconds(c, 10 * DAY));
  const changed = await post(c, "/speakers/ann", { expiresAt: "2031-02-01T01:00:00+01:00" }, "PATCH");
  expect(changed.body.expiresAt).toBe("2031-02-01T00:00:00.000Z");
  expect((await post(c, "/speakers/bob", { expiresAt: null }, "PATCH")).body.expiresAt).toBe(
    inSeconds(c, 9 * DAY),
  );
});

test("a sweep erases what the preview lists, with receipts, and nothing else", async () => {
  const c = await client();
  const { registryId, clock } = c.services;
  const uid = (await enroll(c, "ann", { expiresAt: inSeconds(c, DAY) })).body.speaker.uid;
  await enroll(c, "bob", { expiresAt: inSeconds(c, 3 * DAY) });
  await enroll(c, "eve");
  await c.call("POST", "/speakers/gone/opt-out");
  await post(c, "/groups/night/members", { speakers: ["ann", "bob"] }, "PUT");
  await set(c, { speakerDays: 1 });
  expect(await sweep(c)).toMatchObject({ state: "first", erased: [] });
  clock.advance(DAY);
  const before = (await c.call("GET", "/retention?limit=2")).body;
  expect(before).toMatchObject({
    speakerDays: 1,
    decisionDays: 90,
    paused: false,
    sweptAt: inSeconds(c, -DAY),
  });
  expect(before.speakers).toEqual([{ id: "ann", uid, clips: 1, expiresAt: inSeconds(c, 0) }]);
  const rest = (await c.call("GET", `/retention?cursor=${before.next}`)).body;
  expect(rest.speakers.map(({ id }: { id: string }) => id)).toEqual(["eve"]);
  expect(rest.next).toBeNull();
  const later = (await c.call("GET", `/retention?by=${inSeconds(c, 3 * DAY)}`)).body;
  expect(later.speakers.map(({ id }: { id: string }) => id)).toEqual(["ann", "bob", "eve"]);
  const { state, erased } = await sweep(c);
  expect(state).toBe("swept");
  expect(erased).toHaveLength(2);
  expect(erased[0]).toMatchObject({ uid, clips: 1, removed: { recordings: 1, groups: 1 } });
  expect(erased[0]?.remaining[0]?.where).toContain("decisions");
  const swept = { operation: "sweep", key: null, outcome: "done", details: { expired: true } };
  expect((await c.services.audit.list(registryId, 1, 100)).filter(({ key }) => key === null)).toMatchObject([
    { ...swept, speaker: hashOfId(c.services.secret, registryId, "ann" as SpeakerId) },
    { ...swept, speaker: hashOfId(c.services.secret, registryId, "eve" as SpeakerId) },
  ]);
  expect(await ids(c)).toEqual(["bob", "gone"]);
  expect((await c.services.clips.list(registryId)).length).toBe(1);
  expect((await c.call("GET", "/groups/night/members")).body.speakers).toEqual(["bob"]);
});

test("a clock that jumps ahead erases nobody until an operator confirms it", async () => {
  const c = await client();
  const { clock } = c.services;
  await enroll(c, "ann", { expiresAt: inSeconds(c, 5 * DAY) });
  await sweep(c);
  clock.jump(8 * DAY);
  expect(await sweep(c)).toMatchObject({ state: "paused", erased: [] });
  expect(await sweep(c)).toMatchObject({ state: "paused", erased: [] });
  expect((await c.call("GET", "/retention")).body).toMatchObject({ paused: true, speakers: [{ id: "ann" }] });
  clock.jump(-8 * DAY);
  expect(await sweep(c)).toMatchObject({ state: "swept", erased: [] });
  expect(await ids(c)).toEqual(["ann"]);
  clock.advance(8 * DAY);
  expect(await sweep(c, true)).toMatchObject({ state: "swept", erased: [{ clips: 1 }] });
  expect(await ids(c)).toEqual([]);
});

test("decisions are kept for the registry's days, also those from before the setting", async () => {
  const c = await client();
  const { clock } = c.services;
  await enroll(c, "ann");
  const decide = async () => (await ask(c, "/verify?speaker=ann", "voice=ann take=9")).body.decisionId;
  const status = async (id: string) => (await c.call("GET", `/decisions/${id}`)).status;
  const early = await decide();
  await set(c, { decisionDays: 2 });
  expect((await sweep(c)).decisions).toBe(1);
  clock.advance(DAY);
  const late = await decide();
  expect((await sweep(c)).decisions).toBe(0);
  expect([await status(early), await status(late)]).toEqual([200, 200]);
  clock.advance(DAY);
  expect([await status(early), await status(late)]).toEqual([404, 200]);
  clock.advance(DAY);
  expect(await status(late)).toBe(404);
});
