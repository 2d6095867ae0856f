import { expect, test } from "vitest";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { type Answer, base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";
import { uploaded } from "./upload.ts";

/** A registry with the setting on, in which alice and bob are enrolled. */
async function opened(settings: object = {}): Promise<Client> {
  const api = await client();
  await api.enroll("alice", "1", "2", "3", "4");
  await api.enroll("bob", "1", "2", "3", "4");
  const reply = await send(api, "PATCH", "/registry", { embeddings: true, ...settings });
  expect(reply.body.settings).toMatchObject({ embeddings: true });
  return api;
}

const send = ({ call }: Client, method: string, path: string, body: object, key?: string): Promise<Answer> =>
  call(method, path, { headers: json, body: JSON.stringify(body), ...(key ? { key } : {}) });

const embed = async (api: Client, text: string): Promise<Answer["body"]> =>
  (await api.call("POST", "/embeddings", { headers: wav, body: bytesOf(text) })).body;

const slugOf = ({ status, body }: Answer) => [status, String(body.type).split(":").at(-1)];

test("a clip's embedding gets the same decision and score as the clip: verify, identify and compare", async () => {
  const api = await opened({ replayDays: 0 });
  for (const [text, decision, found] of [
    ["voice=alice take=9 snr=12 band=telephone", "accept", "match"],
    ["voice=carol take=1 seconds=3", "reject", "unknown"],
  ] as const) {
    const audio = { base64: base64Of(text) };
    const probe = await embed(api, text);
    const byClip = (await send(api, "POST", "/verify", { speaker: "alice", audio })).body;
    const byProbe = (await send(api, "POST", "/verify", { speaker: "alice", probe })).body;
    expect(byProbe.decision).toBe(decision);
    expect({ ...byProbe, decisionId: 0, warnings: 0 }).toEqual({ ...byClip, decisionId: 0, warnings: 0 });
    expect(byProbe.warnings).toEqual(expect.arrayContaining([...byClip.warnings, "probe-embedding"]));
    expect(byClip.warnings).not.toContain("probe-embedding");

    const clipSearch = (await send(api, "POST", "/identify", { audio })).body;
    const search = (await send(api, "POST", "/identify", { probe })).body;
    expect(search.decision).toBe(found);
    expect({ ...search, decisionId: 0, warnings: 0 }).toEqual({ ...clipSearch, decisionId: 0, warnings: 0 });

    const audioB = { base64: base64Of("voice=alice take=2") };
    const clips = (await send(api, "POST", "/compare", { audioA: audio, audioB })).body;
    const mixed = (await send(api, "POST", "/compare", { probeA: probe, audioB })).body;
    expect([mixed.decision, mixed.score]).toEqual([clips.decision, clips.score]);
    const probeB = await embed(api, "voice=alice take=2");
    const both = (await send(api, "POST", "/compare", { probeA: probe, probeB })).body;
    expect([both.decision, both.score]).toEqual([clips.decision, clips.score]);
  }
});

test("a decision on an embedding says so when it is read again", async () => {
  const api = await opened();
  const probe = await embed(api, "voice=alice take=9");
  const { decisionId } = (await send(api, "POST", "/verify", { speaker: "alice", probe })).body;
  const { reply } = (await api.call("GET", `/decisions/${decisionId}`)).body;
  expect(reply.warnings).toContain("probe-embedding");
});

test("an embedding has length 1, and comes with what a decision needs; an upload can be embedded", async () => {
  const api = await opened();
  const reply = await embed(api, "voice=alice take=9 band=telephone with=bob");
  const { model } = api.services.embedder;
  expect(reply).toMatchObject({ model: model.modelId, dimension: model.dimension, precision: "float32" });
  expect(reply.embedding).toHaveLength(model.dimension);
  expect(Math.hypot(...reply.embedding)).toBeCloseTo(1, 6);
  expect(reply.quality).toMatchObject({ speechSeconds: 6, bandwidth: "telephone" });
  expect(reply.warnings).toEqual(["narrow-band", "multiple-speakers-suspected"]);
  const upload = await uploaded(api, "voice=alice take=9");
  const again = await send(api, "POST", "/embeddings", { audio: { upload } });
  expect(again.body.embedding).toEqual((await embed(api, "voice=alice take=9")).embedding);
});

test("with the setting off, nothing is embedded and no embedding is taken", async () => {
  const api = await opened();
  const probe = await embed(api, "voice=alice take=9");
  await send(api, "PATCH", "/registry", { embeddings: false });
  const refused = await api.call("POST", "/embeddings", {
    headers: wav,
    body: bytesOf("voice=alice take=9"),
  });
  expect(slugOf(refused)).toEqual([403, "embeddings-off"]);
  expect(refused.body.detail).toMatch(/PATCH \/registry.*--embeddings yes/);
  for (const [path, body] of [
    ["/verify", { speaker: "alice", probe }],
    ["/identify", { probe }],
    ["/compare", { probeA: probe, probeB: probe }],
  ] as const)
    expect(slugOf(await send(api, "POST", path, body))).toEqual([403, "embeddings-off"]);
});

test("both directions need the scope embeddings, which a token can't have", async () => {
  const api = await opened();
  const probe = await embed(api, "voice=alice take=9");
  const key = await api.keyWith(["verify", "identify", "compare", "scores:read"]);
  const asked = await api.call("POST", "/embeddings", { headers: wav, body: bytesOf("voice=alice"), key });
  expect(slugOf(asked)).toEqual([403, "insufficient-scope"]);
  const verified = await send(api, "POST", "/verify", { speaker: "alice", probe }, key);
  expect(slugOf(verified)).toEqual([403, "insufficient-scope"]);
  const token = await send(api, "POST", "/tokens", { scopes: ["embeddings"], lifetimeSeconds: 60 });
  expect(slugOf(token)).toEqual([422, "validation-failed"]);
});

test("an embedding of another model is refused with the advice to embed again", async () => {
  const api = await opened();
  const probe = { ...(await embed(api, "voice=alice take=9")), model: `mdl_${"0".repeat(64)}` };
  for (const [path, body] of [
    ["/verify", { speaker: "alice", probe }],
    ["/identify", { probe }],
    ["/compare", { probeA: probe, probeB: probe }],
  ] as const) {
    const reply = await send(api, "POST", path, body);
    expect(slugOf(reply)).toEqual([409, "model-mismatch"]);
    expect(reply.body.detail).toContain("POST /embeddings");
  }
});

test("a clip without speech has no embedding", async () => {
  const api = await opened();
  const ask = (text: string) => api.call("POST", "/embeddings", { headers: wav, body: bytesOf(text) });
  expect(slugOf(await ask("voice=alice seconds=0"))).toEqual([422, "audio-no-speech"]);
  expect(slugOf(await ask("voice=alice seconds=0.9"))).toEqual([422, "audio-too-short"]);
});

test("an accept by an embedding leaves the count of rejects, and rejects by embeddings pause the caller", async () => {
  const api = await opened();
  const alice = await embed(api, "voice=alice take=9");
  const bob = await embed(api, "voice=bob take=9");
  const verify = (probe: object) => send(api, "POST", "/verify", { speaker: "alice", probe });
  const rejects = async () => (await api.call("GET", "/speakers/alice")).body.attempts.rejects;
  for (let i = 0; i < 3; i++) expect((await verify(bob)).body.decision).toBe("reject");
  expect((await verify(alice)).body.decision).toBe("accept");
  expect(await rejects()).toBe(3);
  for (let i = 0; i < 2; i++) await verify(bob);
  expect(slugOf(await verify(alice))).toEqual([429, "verify-attempts-exhausted"]);
});

test("the embedding of an enrolled clip is recognized as a copy, and several speakers are as the clip's", async () => {
  const api = await opened();
  const { registryId } = api.services;
  const probe = await embed(api, "voice=alice take=1");
  const copy = await send(api, "POST", "/verify", { speaker: "alice", probe });
  expect(copy.body).toMatchObject({ replaySuspected: true, replayOf: "enrolled-clip" });
  const two = await embed(api, "voice=alice take=9 with=bob");
  await updateRegistry(api.services, { registryId, settings: { mixedProbes: "refuse" } });
  const refused = await send(api, "POST", "/verify", { speaker: "alice", probe: two });
  expect(refused.body).toMatchObject({ decision: "inconclusive", reasons: ["multiple_speakers"] });
});

test("the audit log has each embedding of a stored clip, and others only with audit: all", async () => {
  const api = await opened();
  const [clip] = (await api.call("GET", "/speakers/alice/clips")).body.clips;
  const entries = async () =>
    (await api.call("GET", "/audit")).body.entries.filter(
      (one: { operation: string }) => one.operation === "embedClip",
    ).length;
  await embed(api, "voice=alice take=9");
  expect(await entries()).toBe(0);
  await send(api, "POST", "/embeddings", { audio: { clip: clip.id, speaker: "alice" } });
  expect(await entries()).toBe(1);
});
