import { expect, test } from "vitest";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { base64Of, bytesOf, client, json, wav } from "./client.ts";

const probe = bytesOf("voice=alice take=9");

test("accepts the enrolled voice, with its scores and the threshold's rates", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1", "2", "3", "4");
  const { status, body } = await call("POST", "/verify?speaker=alice", { headers: wav, body: probe });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    decision: "accept",
    reasons: ["above_threshold"],
    lowEvidence: false,
    band: "strong",
    speaker: "alice",
    qualityA: null,
    replaySuspected: false,
    spoofCheck: "none",
    score: { method: "as-norm", normalized: true },
    threshold: { far: 0.01, genuineTrials: 100, impostorTrials: 4950 },
  });
  expect(body.score.value).toBe(body.score.asNorm);
});

test("scores in replies have at most four decimals, and those that are stored are exact", async () => {
  const { call, enroll, services } = await client();
  await enroll("alice", "1", "2", "3", "4");
  const { body } = await call("POST", "/verify?speaker=alice", { headers: wav, body: probe });
  const again = await call("GET", `/decisions/${body.decisionId}`);
  expect(again.body.reply.score).toEqual(body.score);
  const stored = await services.decisions.get(services.registryId, body.decisionId);
  const exact = JSON.parse(JSON.stringify(stored)).reply;
  for (const name of ["value", "cosine", "llr"]) {
    expect(String(body.score[name])).toMatch(/^-?\d+(\.\d{1,4})?$/);
    expect(body.score[name]).toBeCloseTo(exact.score[name], 2);
  }
  expect(body.score.cosine).not.toBe(exact.score.cosine);
  expect(body.threshold.value).toBe(Number(exact.threshold.value.toPrecision(4)));
});

test("rejects another voice", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1", "2", "3", "4");
  const { body } = await call("POST", "/verify?speaker=alice", {
    headers: wav,
    body: bytesOf("voice=bob take=1"),
  });
  expect(body).toMatchObject({ decision: "reject", reasons: ["below_threshold"], band: "none" });
});

test("raw, multipart and JSON requests get the same reply", async () => {
  const { call, enroll, services } = await client();
  const { registryId } = services;
  // The second request would be a suspected replay of the first.
  await updateRegistry(services, { registryId, settings: { replayDays: 0 } });
  await enroll("alice", "1", "2");
  const form = new FormData();
  form.append("audio", new Blob([probe], { type: "audio/wav" }), "a.wav");
  for (const [name, value] of [
    ["speaker", "alice"],
    ["far", "0.05"],
    ["scoring", "z-norm"],
  ])
    form.append(name, value);
  const document = {
    speaker: "alice",
    operatingPoint: { far: 0.05 },
    scoring: "z-norm",
    audio: { base64: base64Of("voice=alice take=9") },
  };
  const replies = [
    await call("POST", "/verify?speaker=alice&far=0.05&scoring=z-norm", { headers: wav, body: probe }),
    await call("POST", "/verify", { body: form }),
    await call("POST", "/verify", { headers: json, body: JSON.stringify(document) }),
  ];
  const same = replies.map(({ body: { decisionId: _, ...rest } }) => rest);
  expect(same[0]).toMatchObject({ score: { method: "z-norm" }, threshold: { far: 0.05 } });
  expect(same[1]).toEqual(same[0]);
  expect(same[2]).toEqual(same[0]);
});

test("a key without scores:read gets the decision and the band, but no exact score", async () => {
  const { call, enroll, keyWith } = await client();
  await enroll("alice", "1", "2");
  const key = await keyWith(["verify"]);
  const { status, body } = await call("POST", "/verify?speaker=alice", { headers: wav, body: probe, key });
  expect(status).toBe(200);
  expect(body).toMatchObject({ decision: "accept", band: "strong", score: null, threshold: null });
});

test("accepts include=score with the scope scores:read", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1");
  const { status, body } = await call("POST", "/verify?speaker=alice&include=score", {
    headers: wav,
    body: probe,
  });
  expect(status).toBe(200);
  expect(body.score.cosine).toBeGreaterThan(0.5);
});

test("suspects a replay in the recording of an enrolled clip", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1");
  const reply = await call("POST", "/verify?speaker=alice", {
    headers: wav,
    body: bytesOf("voice=alice take=1"),
  });
  expect(reply.body).toMatchObject({ decision: "accept", replaySuspected: true, replayOf: "enrolled-clip" });
});

test("a probe sent again is a suspected replay, but not as a retry with the same Idempotency-Key", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1", "2", "3", "4");
  const send = async (more: Record<string, string>) => {
    const headers = { ...wav, ...more };
    const { body } = await call("POST", "/verify?speaker=alice", { headers, body: probe });
    return [body.decision, body.replayOf];
  };
  expect(await send({ "Idempotency-Key": "a" })).toEqual(["accept", null]);
  expect(await send({ "Idempotency-Key": "a" })).toEqual(["accept", null]);
  expect(await send({})).toEqual(["accept", "earlier-probe"]);
});

test("a registry that refuses replays rejects a probe that it heard before", async () => {
  const { call, enroll, services } = await client();
  const { registryId } = services;
  await enroll("alice", "1", "2", "3", "4");
  await updateRegistry(services, { registryId, settings: { replay: "refuse" } });
  const send = () => call("POST", "/verify?speaker=alice", { headers: wav, body: probe });
  expect((await send()).body).toMatchObject({ decision: "accept", replaySuspected: false });
  const refused = (await send()).body;
  expect(refused).toMatchObject({ decision: "reject", replaySuspected: true, replayOf: "earlier-probe" });
  expect(refused.reasons).toContain("replay_suspected");
});

test("compares the clip of one speaker with another, but never with the speaker that it is enrolled for", async () => {
  const { call, enroll } = await client();
  const [clip] = (await enroll("alice", "1")).body.clips;
  await enroll("bob", "1");
  const ask = (speaker: string) => {
    const body = JSON.stringify({ speaker, audio: { clip: clip.id, speaker: "alice" } });
    return call("POST", "/verify", { headers: json, body });
  };
  expect((await ask("bob")).body).toMatchObject({ decision: "reject" });
  const refused = await ask("alice");
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, "/audio/clip"]);
});

test("a far above the registry's own needs decisions:loosen, in verify, identify and compare", async () => {
  const { call, enroll, keyWith } = await client();
  await enroll("alice", "1", "2");
  const strict = await keyWith(["verify", "identify", "compare"]);
  const loose = await keyWith(["verify", "identify", "compare", "decisions:loosen"]);
  const two = { base64: base64Of("voice=alice take=9") };
  const statuses = (key: string, far: number) =>
    Promise.all([
      call("POST", `/verify?speaker=alice&far=${far}`, { headers: wav, body: probe, key }),
      call("POST", `/identify?far=${far}`, { headers: wav, body: probe, key }),
      call("POST", `/compare?far=${far}`, {
        headers: json,
        body: JSON.stringify({ audioA: two, audioB: two }),
        key,
      }),
    ]).then((replies) => replies.map(({ status, body }) => body.type ?? status));
  const refused = "urn:voiceroll:problem:insufficient-scope";
  expect(await statuses(strict, 0.05)).toEqual([refused, refused, refused]);
  expect(await statuses(strict, 0.01)).toEqual([200, 200, 200]);
  expect(await statuses(loose, 0.05)).toEqual([200, 200, 200]);
});

test("Caller-Id separates the callers of a key, and unlock ends their pauses", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1", "2", "3", "4");
  const ask = async (callerId: string, body = bytesOf("voice=bob take=1")) =>
    (await call("POST", "/verify?speaker=alice", { headers: { ...wav, "Caller-Id": callerId }, body }))
      .status;
  for (let i = 0; i < 5; i++) expect(await ask("mallory")).toBe(200);
  expect(await ask("mallory")).toBe(429);
  expect((await call("GET", "/speakers/alice")).body.attempts).toEqual({ rejects: 5, pauseSeconds: 0 });
  expect(await ask("alice", probe)).toBe(200);
  expect(await ask("mallory")).toBe(429);
  const unlocked = await call("POST", "/speakers/alice/unlock");
  expect(unlocked.body).toMatchObject({ clips: 4, attempts: { rejects: 0, pauseSeconds: 0 } });
  expect(await ask("mallory")).toBe(200);
});

test("a stored recording needs clips:read, and force needs speakers:force, also in a batch", async () => {
  const { call, enroll, keyWith } = await client();
  const [clip] = (await enroll("alice", "1")).body.clips;
  await enroll("bob", "1");
  const stored = { clip: clip.id, speaker: "alice" };
  const inline = { base64: base64Of("voice=bob take=2") };
  const batch = (line: object) => ({ kind: "enroll-batch", lines: [{ speaker: "bob", ...line }] });
  const requests: [string, object][] = [
    ["/verify", { speaker: "bob", audio: stored }],
    ["/compare", { audioA: stored, audioB: inline }],
    ["/speakers/bob/enroll", { audio: stored, force: true }],
    ["/speakers/bob/enroll", { audio: inline, force: true }],
    ["/jobs", batch({ audio: stored })],
    ["/jobs", batch({ audio: inline, force: true })],
  ];
  const statuses = async (key: string) => {
    const replies: number[] = [];
    for (const [path, body] of requests)
      replies.push((await call("POST", path, { headers: json, body: JSON.stringify(body), key })).status);
    return replies;
  };
  const few = ["verify", "compare", "speakers:write"] as const;
  expect(await statuses(await keyWith(few))).toEqual([403, 403, 403, 403, 403, 403]);
  const more = await keyWith([...few, "clips:read", "speakers:force"]);
  expect(await statuses(more)).toEqual([200, 200, 201, 201, 202, 202]);
});
