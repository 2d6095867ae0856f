import { expect, test } from "vitest";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";

const decide = async (c: Client, path: string, text: string): Promise<string> => {
  c.services.clock.advance(60);
  return (await c.call("POST", path, { headers: wav, body: bytesOf(text) })).body.decisionId;
};
const list = async (c: Client, query = "", key = c.key) =>
  (await c.call("GET", `/decisions${query}`, { key })).body;
const ids = async (c: Client, query = "") =>
  (await list(c, query)).decisions.map((one: { decisionId: string }) => one.decisionId);

/** Adds more decisions about no one than one request searches. */
async function addOthers(c: Client) {
  const { registryId, clock } = c.services;
  const [found] = await c.services.decisions.recent(registryId, 1);
  if (!found) throw new RangeError("no decision");
  const other = { ...found, uid: undefined, listed: undefined, at: clock.now().toISOString() };
  for (let first = 0; first < 2001; first += 69)
    await Promise.all(
      Array.from({ length: 69 }, (_, i) =>
        c.services.decisions.put({ ...other, decisionId: `dec_other${first + i}` }),
      ),
    );
}

const setHistory = (c: Client, speakerHistory: boolean) =>
  c.call("PATCH", "/registry", { headers: json, body: JSON.stringify({ speakerHistory }) });

async function withDecisions() {
  const c = await client();
  for (const name of ["ann", "bob"]) await c.enroll(name, "1", "2", "3", "4");
  const made = [
    await decide(c, "/verify?speaker=ann", "voice=ann take=9"),
    await decide(c, "/identify", "voice=ann take=8"),
    await decide(c, "/verify?speaker=bob", "voice=ann take=7"),
  ];
  const audio = (take: number) => ({ base64: base64Of(`voice=x take=${take}`) });
  c.services.clock.advance(60);
  const compared = { headers: json, body: JSON.stringify({ audioA: audio(1), audioB: audio(2) }) };
  made.push((await c.call("POST", "/compare", compared)).body.decisionId);
  return { c, made, newest: made.toReversed() };
}

test("lists decisions newest first, in pages, and by speaker, operation and time", async () => {
  const { c, made, newest } = await withDecisions();
  expect(await ids(c)).toEqual(newest);
  const page = await list(c, "?limit=3");
  expect(page.decisions.map((one: { operation: string }) => one.operation)).toEqual([
    "compare",
    "verify",
    "identify",
  ]);
  expect(await ids(c, `?limit=3&cursor=${page.next}`)).toEqual([made[0]]);
  expect(await ids(c, "?speaker=ann")).toEqual([made[1], made[0]]);
  expect(await ids(c, "?speaker=ann&operation=verify")).toEqual([made[0]]);
  const at = page.decisions[2].at;
  expect(await ids(c, `?from=${at}`)).toEqual(newest.slice(0, 3));
  expect(await ids(c, `?to=${at}`)).toEqual([made[0]]);
  expect(await ids(c, `?from=${at}&to=${at}`)).toEqual([]);
  expect((await c.call("GET", "/decisions?speaker=nobody")).status).toBe(404);
  expect((await c.call("GET", "/decisions?from=yesterday")).body.errors).toMatchObject([
    { pointer: "/from" },
  ]);
});

test("a page of a rare speaker ends early, and its cursor continues the search", async () => {
  const { c, made } = await withDecisions();
  await addOthers(c);
  const first = await list(c, "?speaker=ann");
  expect(first.decisions).toEqual([]);
  expect(await ids(c, `?speaker=ann&cursor=${first.next}`)).toEqual([made[1], made[0]]);
});

test("a speaker's history is found at once, and decisions from before it by a search", async () => {
  const { c, made } = await withDecisions();
  expect((await setHistory(c, true)).body.settings.speakerHistory).toBe(true);
  const soon = await decide(c, "/verify?speaker=ann", "voice=ann take=6");
  c.services.clock.advance(90);
  const later = [
    await decide(c, "/verify?speaker=ann", "voice=ann take=5"),
    await decide(c, "/verify?speaker=bob", "voice=bob take=7"),
    await decide(c, "/identify", "voice=ann take=12"),
  ];
  await addOthers(c);
  // Switched on again, it keeps its beginning.
  await setHistory(c, true);
  expect(await ids(c, "?speaker=ann&limit=2")).toEqual([later[2], later[0]]);
  const all = [later[2], later[0], soon, made[1], made[0]];
  expect(await ids(c, "?speaker=ann")).toEqual(all);
  const page = await list(c, "?speaker=ann&limit=3");
  expect(await ids(c, `?speaker=ann&limit=3&cursor=${page.next}`)).toEqual(all.slice(3));
  expect(await ids(c, "?speaker=ann&operation=identify")).toEqual([later[2], made[1]]);
  await setHistory(c, false);
  expect(await ids(c, "?speaker=ann")).toEqual([]);
});

test("hides the scores from a key without scores:read", async () => {
  const { c } = await withDecisions();
  const key = await c.keyWith(["decisions:read"]);
  const { decisions } = await list(c, "", key);
  expect(decisions.map((one: { reply: { threshold: unknown } }) => one.reply.threshold)).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect((await list(c)).decisions[0].reply.score).not.toBeNull();
});

test("a label says whether a decision was right, is shown with it, and can be removed", async () => {
  const { c, made } = await withDecisions();
  const label = (verdict: unknown, id = made[0], key = c.key) =>
    c.call("POST", `/decisions/${id}/label`, { key, headers: json, body: JSON.stringify({ verdict }) });
  expect((await list(c)).decisions[0].label).toBeNull();
  const labeled = await label("wrong");
  const at = c.services.clock.now().toISOString();
  expect([labeled.status, labeled.body.label]).toEqual([200, { verdict: "wrong", at }]);
  expect((await c.call("GET", `/decisions/${made[0]}`)).body).toMatchObject({ label: { verdict: "wrong" } });
  expect((await list(c)).decisions.at(-1)).toEqual(labeled.body);
  expect((await label(null)).body.label).toBeNull();
  expect((await label("right", "dec_none")).status).toBe(404);
  expect((await label("maybe")).body.errors).toMatchObject([{ pointer: "/verdict" }]);
  expect((await label("right", made[0], await c.keyWith(["decisions:read"]))).status).toBe(403);
  const { entries } = (await c.call("GET", "/audit")).body;
  expect(entries.filter((one: { operation: string }) => one.operation === "labelDecision")).toMatchObject([
    { details: { decisionId: made[0], verdict: "wrong" }, outcome: "done" },
    { details: { verdict: null } },
    { outcome: "decision-not-found" },
  ]);
});
