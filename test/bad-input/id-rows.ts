import { fakeClip } from "../support/fake-embedder.ts";
import type { Row } from "./row.ts";
import { enrollFake, type Stage, send } from "./stage.ts";

const wav = { "Content-Type": "audio/wav" };
const clip = new Uint8Array(fakeClip("voice=alice take=9").bytes);
const unknownSpeaker = { status: 404, slug: "speaker-not-found" } as const;
const nowhere = { status: 404, slug: "route-not-found" } as const;
const raw = (path: string) => (stage: Stage) => ({
  raw:
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\n` +
    `Authorization: Bearer ${stage.key}\r\nConnection: close\r\n\r\n`,
});
const read = (id: string): Row["send"] => ({ method: "GET", path: `/speakers/${id}` });
const badCursor = { status: 400, slug: "invalid-cursor" } as const;

async function cursorOf(stage: Stage): Promise<string> {
  await enrollFake(stage, "page-a", "1");
  await enrollFake(stage, "page-b", "1");
  const page = await send(stage, { method: "GET", path: "/speakers?limit=1" });
  return JSON.parse(page.text).next;
}
const withCursor = (cursor: string) => ({
  method: "GET",
  path: `/speakers?cursor=${encodeURIComponent(cursor)}`,
});

/** Invalid IDs. They get the reply for an unknown speaker, without a read from the store. */
export const strangeIds = [
  "..%2f",
  "%00",
  "a%23b",
  "T%23x%23S%23y",
  "*",
  "a".repeat(129),
  "-a",
  "a%20b",
  "%C3%A9",
  "%zz",
];

export const rows: readonly Row[] = [
  { id: "S1", what: "../ in the URL", send: raw("/speakers/../alice"), ...nowhere },
  { id: "S1", what: "%2e%2e/ in the URL", send: raw("/speakers/%2e%2e/alice"), ...nowhere },
  { id: "S1", what: "a backslash in the URL", send: raw("/speakers\\alice"), status: 400 },
  ...strangeIds.map(
    (id): Row => ({ id: "S1b/S4", what: `id ${id.slice(0, 20)}`, send: read(id), ...unknownSpeaker }),
  ),
  {
    id: "S4",
    what: "an invalid ID as a field",
    send: { path: "/verify?speaker=..%2Falice", headers: wav, body: clip },
    ...unknownSpeaker,
  },
  ...["/speakers/alice%40example.com/enroll", "/verify?speaker=alice%40example.com"].map(
    (path): Row => ({
      id: "S4",
      what: `an email address as the ID: ${path.slice(0, 9)}`,
      send: { path, headers: wav, body: clip },
      status: 422,
      slug: "validation-failed",
      pointers: ["/speaker"],
      detail: /email/,
    }),
  ),
  { id: "S2", what: "an unknown id", send: read("nobody"), ...unknownSpeaker },
  {
    id: "S3",
    what: "another registry's speaker",
    send: (stage) => ({ method: "GET", path: "/speakers/alice", key: stage.otherKey }),
    ...unknownSpeaker,
  },
  {
    id: "S3",
    what: "erasing another registry's speaker",
    send: (stage) => ({ method: "DELETE", path: "/speakers/alice", key: stage.otherKey }),
    ...unknownSpeaker,
  },
  {
    id: "S12",
    what: "an erased speaker",
    send: async (stage) => {
      await enrollFake(stage, "gone", "1");
      await send(stage, { method: "DELETE", path: "/speakers/gone" });
      return { method: "GET", path: "/speakers/gone" };
    },
    ...unknownSpeaker,
  },
  {
    id: "S14",
    what: "a speaker without clips",
    send: async (stage) => {
      await enrollFake(stage, "empty", "1");
      await send(stage, { path: "/speakers/empty/reset" });
      return { path: "/verify?speaker=empty", headers: wav, body: clip };
    },
    status: 409,
    slug: "speaker-not-enrolled",
  },
  ...["enroll", "verify"].map(
    (way): Row => ({
      id: "S13",
      what: `an opted-out speaker: ${way}`,
      send: async (stage) => {
        await send(stage, { path: "/speakers/never/opt-out" });
        const path = way === "enroll" ? "/speakers/never/enroll" : "/verify?speaker=never";
        return { path, headers: wav, body: clip };
      },
      status: 409,
      slug: "speaker-opted-out",
    }),
  ),
  {
    id: "S13",
    what: "an opted-out speaker that was erased: enroll",
    send: async (stage) => {
      await send(stage, { path: "/speakers/never/opt-out" });
      await send(stage, { method: "DELETE", path: "/speakers/never" });
      return { path: "/speakers/never/enroll", headers: wav, body: clip };
    },
    status: 409,
    slug: "speaker-opted-out",
  },
  {
    id: "S5",
    what: "an unknown clip",
    send: { method: "DELETE", path: "/speakers/alice/clips/clp_00" },
    status: 404,
    slug: "clip-not-found",
  },
  {
    id: "S5",
    what: "an invalid clip ID",
    send: { method: "DELETE", path: "/speakers/alice/clips/..%2f..%2fsecret" },
    status: 404,
    slug: "clip-not-found",
  },
  ...["key_00", "..%2fkey", "alice"].map(
    (id): Row => ({
      id: "S5",
      what: `revoking a key that doesn't exist: ${id}`,
      send: { method: "DELETE", path: `/keys/${id}` },
      status: 404,
      slug: "key-not-found",
    }),
  ),
  ...["con_00", "..%2fconsent"].map(
    (id): Row => ({
      id: "S5",
      what: `withdrawing a consent that doesn't exist: ${id}`,
      send: {
        path: `/speakers/alice/consents/${id}/withdraw`,
        headers: { "Content-Type": "application/json" },
        body: "{}",
      },
      status: 404,
      slug: "consent-not-found",
    }),
  ),
  ...["cnd_00", "..%2fcandidate"].map(
    (id): Row => ({
      id: "S5",
      what: `reading a candidate voice that doesn't exist: ${id}`,
      send: { method: "GET", path: `/candidates/${id}` },
      status: 404,
      slug: "candidate-not-found",
    }),
  ),
  ...["whk_00", "..%2fwebhook"].map(
    (id): Row => ({
      id: "S5",
      what: `reading a webhook that doesn't exist: ${id}`,
      send: { method: "GET", path: `/webhooks/${id}` },
      status: 404,
      slug: "webhook-not-found",
    }),
  ),
  ...[
    "http://app.example.com/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:10.0.0.1]/",
    "https://user:pass@app.example.com/",
  ].map(
    (url): Row => ({
      id: "S17",
      what: `a webhook with the URL ${url}`,
      send: {
        path: "/webhooks",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ url }),
      },
      status: 422,
      slug: "validation-failed",
      pointers: ["/url"],
    }),
  ),
  {
    id: "S5",
    what: "creating a speaker that exists",
    send: {
      path: "/speakers",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id: "alice", name: "Another" }),
    },
    status: 409,
    slug: "speaker-exists",
  },
  { id: "S11", what: "text that isn't a cursor", send: withCursor("next please"), ...badCursor },
  {
    id: "S11",
    what: "one flipped bit",
    send: async (stage) => {
      const cursor = await cursorOf(stage);
      return withCursor((cursor[0] === "M" ? "N" : "M") + cursor.slice(1));
    },
    ...badCursor,
  },
  {
    id: "S11",
    what: "another base64 text of the same bytes",
    send: async (stage) => {
      const cursor = await cursorOf(stage);
      const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      return withCursor(cursor.slice(0, -1) + digits[digits.indexOf(cursor.at(-1) ?? "") ^ 1]);
    },
    ...badCursor,
  },
  {
    id: "S11",
    what: "another registry's cursor",
    send: async (stage) => ({ ...withCursor(await cursorOf(stage)), key: stage.otherKey }),
    ...badCursor,
  },
  {
    id: "S11",
    what: "an expired cursor",
    send: async (stage) => {
      const cursor = await cursorOf(stage);
      stage.services.clock.advance(3601);
      return withCursor(cursor);
    },
    ...badCursor,
  },
];
