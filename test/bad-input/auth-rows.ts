import { issueKey, revokeKey, updateKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import type { RegistrySettings, Scope } from "../../lib/ports/registry.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import type { Row } from "./row.ts";
import { type Stage, send } from "./stage.ts";

const wav = { "Content-Type": "audio/wav" };
const bytesOf = (text: string) => new Uint8Array(fakeClip(text).bytes);
const clip = bytesOf("voice=alice take=9");
const list = { method: "GET", path: "/speakers" };
const refused = { status: 401, slug: "unauthorized" } as const;
const invalid = { status: 422, slug: "validation-failed" } as const;
const lacking = { status: 403, slug: "insufficient-scope" } as const;

async function keyWith(stage: Stage, scopes: readonly Scope[], expiresAt?: string) {
  const { registryId } = stage.services;
  return issueKey(stage.services, { registryId, name: "some", scopes, expiresAt });
}
const settings = (stage: Stage, changed: Partial<RegistrySettings>) =>
  updateRegistry(stage.services, { registryId: stage.services.registryId, settings: changed });
const another = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);

async function rejected(
  stage: Stage,
  times: number,
  headersOf: (i: number) => Record<string, string> = () => ({}),
): Promise<void> {
  for (let i = 0; i < times; i++) {
    await send(stage, {
      path: "/verify?speaker=alice",
      headers: { ...wav, ...headersOf(i) },
      body: bytesOf(`voice=mallory take=${i}`),
    });
  }
}

export const rows: readonly Row[] = [
  { id: "K1", what: "no Authorization header", send: { ...list, key: "" }, ...refused },
  { id: "K1", what: "Basic", send: { ...list, headers: { Authorization: "Basic dnI6dnI=" } }, ...refused },
  { id: "K1", what: "an empty Bearer", send: { ...list, headers: { Authorization: "Bearer " } }, ...refused },
  {
    id: "K1",
    what: "two headers",
    send: (stage) => ({
      raw:
        `GET /speakers HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n` +
        `Authorization: Bearer ${stage.key}\r\nAuthorization: Bearer ${stage.key}\r\n\r\n`,
    }),
    ...refused,
  },
  {
    id: "K2",
    what: "a key with another prefix",
    send: (stage) => ({ ...list, key: stage.key.replace("vr_", "sk_") }),
    ...refused,
  },
  {
    id: "K2",
    what: "a wrong checksum",
    send: (stage) => ({ ...list, key: another(stage.key, stage.key.length - 1) }),
    ...refused,
  },
  {
    id: "K2",
    what: "an unknown key id",
    send: (stage) => ({ ...list, key: another(stage.key, 5) }),
    ...refused,
  },
  {
    id: "K2",
    what: "a wrong secret",
    send: (stage) => ({ ...list, key: another(stage.key, 25) }),
    ...refused,
  },
  {
    id: "K2",
    what: "a revoked key",
    send: async (stage) => {
      const { key, token } = await keyWith(stage, ["speakers:read"]);
      await revokeKey(stage.services, { registryId: key.registryId, keyId: key.keyId });
      return { ...list, key: token };
    },
    ...refused,
  },
  {
    id: "K2",
    what: "an expired key",
    send: async (stage) => {
      const { token } = await keyWith(stage, ["speakers:read"], "2026-01-01T00:00:01.000Z");
      stage.services.clock.advance(2);
      return { ...list, key: token };
    },
    ...refused,
  },
  {
    id: "K3",
    what: "the key in the query in addition to a valid header",
    send: (stage) => ({ ...list, path: `/speakers?cursor=${stage.key}` }),
    ...refused,
  },
  {
    id: "K3",
    what: "api_key in the query",
    send: { ...list, path: "/speakers?api_key=x", key: "" },
    ...refused,
  },
  {
    id: "K4",
    what: "verify without the scope",
    send: async (stage) => ({
      path: "/verify?speaker=alice",
      headers: wav,
      body: clip,
      key: (await keyWith(stage, ["identify", "speakers:read"])).token,
    }),
    ...lacking,
  },
  {
    id: "K4",
    what: "lift an opt-out without the scope",
    send: async (stage) => ({
      method: "DELETE",
      path: "/speakers/alice/opt-out",
      key: (await keyWith(stage, ["speakers:read"])).token,
    }),
    ...lacking,
  },
  ...(
    [
      "/speakers/alice/enroll",
      "/speakers/alice/reset",
      "/speakers/alice/opt-out",
      "/speakers/alice/unlock",
      "/identify",
      "/compare",
    ] as const
  ).map(
    (path): Row => ({
      id: "K4",
      what: `${path} without the scope`,
      send: async (stage) => ({
        path,
        headers: wav,
        body: clip,
        key: (await keyWith(stage, ["speakers:read"])).token,
      }),
      ...lacking,
    }),
  ),
  {
    id: "K4",
    what: "a list without the scope",
    send: async (stage) => ({ ...list, key: (await keyWith(stage, ["speakers:write"])).token }),
    ...lacking,
  },
  {
    id: "K4",
    what: "a diarize job without the scope identify",
    send: async (stage) => ({
      path: "/jobs",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ kind: "diarize", audio: { upload: "upl_00000000000000000000000000" } }),
      key: (await keyWith(stage, ["speakers:write", "calibrations"])).token,
    }),
    ...lacking,
  },
  {
    id: "K5",
    what: "include=score without scores:read",
    send: async (stage) => ({
      path: "/verify?speaker=alice&include=score",
      headers: wav,
      body: clip,
      key: (await keyWith(stage, ["verify"])).token,
    }),
    ...lacking,
  },
  {
    id: "K5",
    what: "include in the body without scores:read",
    send: async (stage) => ({
      path: "/verify",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        speaker: "alice",
        include: "score",
        audio: { base64: Buffer.from(clip).toString("base64") },
      }),
      key: (await keyWith(stage, ["verify"])).token,
    }),
    ...lacking,
  },
  {
    id: "K6",
    what: "a suspended registry",
    send: async (stage) => {
      const { token } = await keyWith(stage, ["speakers:read"]);
      await updateRegistry(stage.services, { registryId: stage.services.registryId, suspended: true });
      return { ...list, key: token };
    },
    status: 403,
    slug: "tenant-suspended",
  },
  {
    id: "K6",
    what: "a page of an origin that the registry doesn't list",
    send: async (stage) => {
      const { token } = await keyWith(stage, ["speakers:read"]);
      await settings(stage, { corsOrigins: ["https://app.example.com"] });
      return { ...list, key: token, headers: { Origin: "https://evil.example.com" } };
    },
    status: 403,
    slug: "origin-not-allowed",
  },
  {
    id: "K7",
    what: "a request over the quota",
    send: async (stage) => {
      await settings(stage, { requestsPerMinute: 2 });
      const { token } = await keyWith(stage, ["speakers:read"]);
      for (const _ of [1, 2]) await send(stage, { ...list, key: token });
      return { ...list, key: token };
    },
    status: 429,
    slug: "rate-limited",
    headers: {
      "Retry-After": /^[67]0$/,
      RateLimit: /^"key";r=0;t=[67]0$/,
      "RateLimit-Policy": /^"key";q=2;w=60$/,
    },
  },
  {
    id: "K7",
    what: "a clip over the key's audio quota for the day",
    send: async (stage) => {
      const { key, token } = await keyWith(stage, ["verify"]);
      const { registryId, keyId } = key;
      await updateKey(stage.services, { registryId, keyId, audioSecondsPerDay: 6 });
      return { path: "/verify?speaker=alice", headers: wav, body: clip, key: token };
    },
    status: 429,
    slug: "quota-exceeded",
    headers: { "Retry-After": /^\d{1,5}$/ },
  },
  {
    id: "K8",
    what: "the sixth rejected verification in a row",
    send: async (stage) => {
      await rejected(stage, 5);
      return { path: "/verify?speaker=alice", headers: wav, body: clip };
    },
    status: 429,
    slug: "verify-attempts-exhausted",
    headers: { "Retry-After": /^30$/ },
  },
  {
    id: "K9",
    what: "after 20 rejected verifications by all callers, for a caller with a reject",
    send: async (stage) => {
      await rejected(stage, 20, (i) => ({ "Caller-Id": `caller-${i}` }));
      return { path: "/verify?speaker=alice", headers: { ...wav, "Caller-Id": "caller-3" }, body: clip };
    },
    status: 429,
    slug: "verify-attempts-exhausted",
    headers: { "Retry-After": /^30$/ },
  },
  {
    id: "K9",
    what: "the twenty-first search in a row without a match",
    send: async (stage) => {
      const search = { path: "/identify", headers: wav, body: bytesOf("voice=mallory take=1") };
      for (let i = 0; i < 20; i++) await send(stage, search);
      return search;
    },
    status: 429,
    slug: "identify-attempts-exhausted",
    headers: { "Retry-After": /^30$/ },
  },
  {
    id: "K9",
    what: "a Caller-Id of 129 characters",
    send: {
      path: "/verify?speaker=alice",
      headers: { ...wav, "Caller-Id": "c".repeat(129) },
      body: clip,
    },
    status: 422,
    slug: "validation-failed",
  },
  {
    id: "K5",
    what: "a FAR above the registry's own without decisions:loosen",
    send: async (stage) => ({
      path: "/verify?speaker=alice&far=0.05",
      headers: wav,
      body: clip,
      key: (await keyWith(stage, ["verify", "scores:read"])).token,
    }),
    ...lacking,
  },
  {
    id: "K10",
    what: "an Authorization header of 100 MB",
    send: {
      raw: [
        Buffer.from("GET /speakers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "),
        ...Array.from({ length: 100 }, () => Buffer.alloc(1 << 20, "a")),
      ],
    },
    status: 431,
    slug: "headers-too-large",
  },
  {
    id: "J21",
    what: "consent absent where it is required",
    send: async (stage) => {
      await settings(stage, { consentRequired: true });
      return { path: "/speakers/carol/enroll", headers: wav, body: bytesOf("voice=carol take=1") };
    },
    status: 422,
    slug: "consent-required",
  },
  {
    id: "J23",
    what: "`keepAudio` that is no boolean",
    send: {
      path: "/speakers/carol/enroll?keepAudio=maybe",
      headers: wav,
      body: bytesOf("voice=carol take=1"),
    },
    ...invalid,
    pointers: ["/keepAudio"],
  },
  {
    id: "J23",
    what: "`keepAudio: true` in a registry that stores no recordings",
    send: async (stage) => {
      await settings(stage, { keepAudio: false });
      const path = "/speakers/carol/enroll?keepAudio=true&consent=c1";
      return { path, headers: wav, body: bytesOf("voice=carol take=1") };
    },
    ...invalid,
    pointers: ["/keepAudio"],
  },
  ...["2020-01-31", "2031-02-30", "31.01.2031", "2031-01-31T12:00:00", "soon"].map(
    (expiresAt): Row => ({
      id: "J24",
      what: `\`expiresAt\` of ${expiresAt}`,
      send: {
        path: `/speakers/carol/enroll?consent=c1&expiresAt=${expiresAt}`,
        headers: wav,
        body: bytesOf("voice=carol take=1"),
      },
      ...invalid,
      pointers: ["/expiresAt"],
    }),
  ),
  {
    id: "J24",
    what: "`by` that is no time",
    send: { method: "GET", path: "/retention?by=tomorrow" },
    ...invalid,
    pointers: ["/by"],
  },
  {
    id: "S16",
    what: "an enrollment of an expired speaker",
    send: async (stage) => {
      const late = { path: "/speakers/dora/enroll?consent=c1", headers: wav };
      const expiresAt = new Date(stage.services.clock.now().getTime() + 1000).toISOString();
      const path = `${late.path}&expiresAt=${expiresAt}`;
      await send(stage, { ...late, path, body: bytesOf("voice=dora take=1") });
      stage.services.clock.advance(1);
      return { ...late, body: bytesOf("voice=dora take=2") };
    },
    status: 409,
    slug: "speaker-expired",
  },
];
