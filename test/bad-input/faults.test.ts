import { expect, onTestFinished, test } from "vitest";
import { statuses, typeOf } from "../../functions/http/replies/problem.ts";
import { openApiDocument } from "../../functions/openapi.ts";
import { bundleStandIn } from "../../lib/adapters/model/no-model.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError, type Slug, titles } from "../../lib/error.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import type { Services } from "../../lib/ports/services.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { audioRows } from "./audio-rows.ts";
import { rows as authRows } from "./auth-rows.ts";
import { rows as idRows, strangeIds } from "./id-rows.ts";
import { rows as jsonRows } from "./json-rows.ts";
import { rows as protocolRows } from "./protocol-rows.ts";
import { enrollFake, type Options, openStage, type Stage, send, stored } from "./stage.ts";

const wav = { "Content-Type": "audio/wav" };
const bytesOf = (text: string) => new Uint8Array(fakeClip(text).bytes);

async function staged(options: Options = {}): Promise<Stage> {
  const stage = await openStage(options);
  onTestFinished(() => stage.close());
  return stage;
}

test("S1b, S4: an invalid ID causes no read from the stores of speakers and clips", async () => {
  const asked: string[] = [];
  const stage = await staged({
    around: (services) => ({
      ...services,
      speakers: new Proxy(services.speakers, { get: (_, name) => asked.push(String(name)) }),
      clips: new Proxy(services.clips, { get: (_, name) => asked.push(String(name)) }),
    }),
  });
  for (const id of strangeIds) {
    expect((await send(stage, { method: "GET", path: `/speakers/${id}` })).status).toBe(404);
    expect((await send(stage, { method: "DELETE", path: `/speakers/${id}` })).status).toBe(404);
    const enroll = { path: `/speakers/${id}/enroll`, headers: wav, body: bytesOf("voice=a take=1") };
    expect((await send(stage, enroll)).status).toBe(404);
  }
  expect(asked).toEqual([]);
});

test("S3 is S2: another registry's speaker and an unknown one get the same bytes except for the instance", async () => {
  const stage = await staged();
  const read = () => send(stage, { method: "GET", path: "/speakers/alice", key: stage.otherKey });
  const unknown = await read();
  await enrollFake(stage, "alice", "1");
  const other = await read();
  const bare = (text: string) => text.replace(/req_[0-9a-z]+/, "");
  expect(bare(other.text)).toBe(bare(unknown.text));
});

test("K2: all rejections of a key have the same bytes except for the instance", async () => {
  const stage = await staged();
  const texts = ["", "x", "vr_x", `${stage.key}0`, stage.key.slice(0, -8)].map(async (key) => {
    const reply = await send(stage, { method: "GET", path: "/speakers", key });
    return reply.text.replace(/req_[0-9a-z]+/, "");
  });
  expect(new Set(await Promise.all(texts)).size).toBe(1);
});

test("S15 a speaker of an older model is a mismatch instead of a score", async () => {
  const stage = await staged();
  await enrollFake(stage, "alice", "1");
  const newer = fakeEmbedder("newer");
  const { services } = stage;
  const second = await staged({ around: () => ({ ...services, embedder: newer }) });
  const reply = await send(second, {
    path: "/verify?speaker=alice",
    headers: wav,
    body: bytesOf("voice=alice take=2"),
    key: stage.key,
  });
  expect([reply.status, JSON.parse(reply.text).type]).toEqual([409, typeOf("model-mismatch")]);
});

test("S16 identifying in an empty registry returns unknown without candidates", async () => {
  const stage = await staged();
  const reply = await send(stage, { path: "/identify", headers: wav, body: bytesOf("voice=alice take=1") });
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.text)).toMatchObject({ decision: "unknown", candidates: [], searched: 0 });
});

test("A23 a clip with an SNR below 2 dB is rejected at enrollment and gets a warning at verify", async () => {
  const stage = await staged();
  await enrollFake(stage, "alice", "1");
  const body = bytesOf("voice=alice take=2 snr=1");
  const refused = await send(stage, { path: "/speakers/alice/enroll", headers: wav, body });
  expect([refused.status, JSON.parse(refused.text).type]).toEqual([422, typeOf("audio-low-quality")]);
  const decision = await send(stage, { path: "/verify?speaker=alice", headers: wav, body });
  expect(decision.status).toBe(200);
  expect(JSON.parse(decision.text).warnings).toEqual(["low-quality", "thresholds-not-of-your-voices"]);
});

test("A32 a registry that refuses multiple speakers rejects a clip with two voices", async () => {
  const stage = await staged();
  const { services } = stage;
  const settings = { refuseMultipleSpeakers: true };
  await updateRegistry(services, { registryId: services.registryId, settings });
  const body = bytesOf("voice=alice take=2 with=bob seconds=12");
  const refused = await send(stage, { path: "/speakers/alice/enroll", headers: wav, body });
  expect([refused.status, JSON.parse(refused.text).type]).toEqual([422, typeOf("audio-multiple-speakers")]);
});

test("A32 a registry that refuses mixed probes decides nothing on a clip with two voices", async () => {
  const stage = await staged();
  const { services } = stage;
  await updateRegistry(services, { registryId: services.registryId, settings: { mixedProbes: "refuse" } });
  await enrollFake(stage, "alice", "1");
  const body = bytesOf("voice=alice take=2 with=bob seconds=12");
  for (const path of ["/verify?speaker=alice", "/identify"]) {
    const { status, text } = await send(stage, { path, headers: wav, body });
    expect([status, JSON.parse(text).decision]).toEqual([200, "inconclusive"]);
    expect(JSON.parse(text).reasons).toContain("multiple_speakers");
  }
});

test("A35 rejects the 51st clip", async () => {
  const stage = await staged();
  for (let ten = 0; ten < 5; ten++)
    await enrollFake(stage, "alice", ...Array.from({ length: 10 }, (_, i) => `${10 * ten + i}`));
  const before = await stored(stage);
  const body = bytesOf("voice=alice take=51");
  const refused = await send(stage, { path: "/speakers/alice/enroll", headers: wav, body });
  expect([refused.status, JSON.parse(refused.text).type]).toEqual([409, typeOf("clip-limit-reached")]);
  expect(await stored(stage)).toBe(before);
});

test("S17 without a model the server runs, and /ready and routes with audio return 503", async () => {
  const reason = new AppError("model-unavailable", "The model is missing.");
  const without = (services: Services): Services => {
    const { calibrations, cohorts, ...rest } = bundleStandIn(reason);
    return {
      ...services,
      ...rest,
      calibrations: { ...services.calibrations, ...calibrations },
      cohorts: { ...services.cohorts, ...cohorts },
    };
  };
  const stage = await staged({ around: without });
  await enrollFake(stage, "alice", "1");
  const unavailable = [
    { method: "GET", path: "/ready" },
    { path: "/verify?speaker=alice", headers: wav, body: bytesOf("voice=alice take=2") },
    { path: "/speakers/bob/enroll", headers: wav, body: bytesOf("voice=bob take=2") },
    { path: "/identify", headers: wav, body: bytesOf("voice=alice take=2") },
  ];
  for (const request of unavailable) {
    const reply = await send(stage, request);
    expect([reply.status, JSON.parse(reply.text).type]).toEqual([503, typeOf("model-unavailable")]);
    expect(reply.headers.get("Retry-After")).toBe("30");
  }
  expect((await send(stage, { method: "GET", path: "/health" })).status).toBe(200);
});

const broken: readonly [string, Embedder["embed"]][] = [
  ["throws", () => Promise.reject(new Error("secret detail of the runtime"))],
  ["gives NaN", async () => Promise.reject(normalize([Number.NaN, 1]))],
];
test.each(broken)(
  "C13 inference that %s returns a 500 without details and stores nothing",
  async (_what, embed) => {
    const stage = await staged({ embedder: { ...fakeEmbedder(), embed } });
    const before = await stored(stage);
    const reply = await send(stage, {
      path: "/speakers/alice/enroll",
      headers: wav,
      body: bytesOf("voice=alice take=1"),
    });
    expect([reply.status, JSON.parse(reply.text).type]).toEqual([500, typeOf("internal-error")]);
    expect(reply.text).not.toContain("secret detail");
    expect(await stored(stage)).toBe(before);
    expect(stage.logs.at(-1)?.error).toBeTruthy();
  },
);

const faults: readonly [Slug, number][] = [
  ["storage-unavailable", 503],
  ["dependency-unavailable", 503],
  ["write-contention", 409],
];
test.each(faults)("C8, C11, C14: %s from the store returns %i with Retry-After", async (slug, status) => {
  const refuse = () => Promise.reject(new AppError(slug, "Not now."));
  const stage = await staged({
    around: (services) => ({ ...services, speakers: { ...services.speakers, get: refuse, put: refuse } }),
  });
  const reply = await send(stage, { method: "DELETE", path: "/speakers/alice" });
  expect([reply.status, JSON.parse(reply.text).type]).toEqual([status, typeOf(slug)]);
  expect(Number(reply.headers.get("Retry-After"))).toBeGreaterThan(0);
});

test("A29 a large body with a false Content-Length is rejected", async () => {
  const stage = await staged();
  const { createApp } = await import("../../functions/app.ts");
  const app = createApp(stage.services, { log: () => undefined });
  const reply = await app.request("/verify?speaker=alice", {
    method: "POST",
    headers: { ...wav, Authorization: `Bearer ${stage.key}`, "Content-Length": "10" },
    body: new Uint8Array(5 << 20),
  });
  expect([reply.status, JSON.parse(await reply.text()).type]).toEqual([413, typeOf("body-too-large")]);
});

test("the rows, titles, statuses and OpenAPI have the same slugs", () => {
  const known = Object.keys(titles).toSorted();
  expect(Object.keys(statuses).toSorted()).toEqual(known);
  const document = JSON.parse(JSON.stringify(openApiDocument()));
  expect(document.components.schemas.Problem.properties.type.enum.toSorted()).toEqual(
    known.map((slug) => typeOf(slug as Slug)).toSorted(),
  );
  const all = [...jsonRows, ...protocolRows, ...idRows, ...authRows, ...audioRows];
  const unknown = all.map((row) => row.slug).filter((slug) => slug !== undefined && !known.includes(slug));
  expect(unknown).toEqual([]);
});
