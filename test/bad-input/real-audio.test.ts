import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { typeOf } from "../../functions/http/replies/problem.ts";
import { type Bundle, openBundle } from "../../lib/adapters/model/bundle.ts";
import { telephoneCall } from "../../models/build/telephone.ts";
import { sounds } from "./sound-rows.ts";
import { clipped, fileOf, sampleFile, speech, whiteNoise } from "./sounds.ts";
import { openStage, type Reply, type Stage, send, stored } from "./stage.ts";

type Bytes = Uint8Array<ArrayBuffer>;

let bundle: Bundle;
let stage: Stage;
beforeAll(async () => {
  bundle = await openBundle({ workers: 1 });
});
afterAll(() => bundle.embedder.close());
beforeEach(async () => {
  stage = await openStage({ bundle });
});
afterEach(() => stage.close());

const post = (path: string, body: Bytes, headers: Record<string, string> = {}): Promise<Reply> =>
  send(stage, { path, headers: { "Content-Type": "audio/wav", ...headers }, body });
const enroll = (speaker: string, body: Bytes, query = "") =>
  post(`/speakers/${speaker}/enroll${query}`, body);
const compare = (a: Bytes, b: Bytes): Promise<Reply> => {
  const form = new FormData();
  form.append("audioA", new Blob([a]), "a.wav");
  form.append("audioB", new Blob([b]), "b.wav");
  return send(stage, { path: "/compare", body: form });
};
const slugOf = (reply: Reply) => JSON.parse(reply.text).type;

describe("sounds without speech are rejected at enrollment and inconclusive elsewhere", () => {
  test.each(sounds)("%s %s", async (_row, _what, make, slug, reason) => {
    const bytes = fileOf(await make());
    const voice = await sampleFile("awb/2");
    expect((await enroll("awb", voice)).status).toBe(201);
    const before = await stored(stage);
    const refused = await enroll("bob", bytes);
    expect([refused.status, slugOf(refused)]).toEqual([422, typeOf(slug)]);
    expect(await stored(stage)).toBe(before);
    const replies = [await post("/verify?speaker=awb", bytes), await post("/identify", bytes)];
    for (const reply of [...replies, await compare(voice, bytes), await compare(bytes, voice)]) {
      expect(reply.status).toBe(200);
      const { decision, reasons } = JSON.parse(reply.text);
      expect({ decision, first: reasons[0] }).toEqual({ decision: "inconclusive", first: reason });
    }
  });
});

test("A23 a clipped recording is rejected at enrollment and gets a warning at verify", async () => {
  const bytes = fileOf(clipped(await speech("awb/1")));
  const refused = await enroll("awb", bytes);
  expect([refused.status, slugOf(refused)]).toEqual([422, typeOf("audio-low-quality")]);
  await enroll("awb", await sampleFile("awb/2"));
  const decision = JSON.parse((await post("/verify?speaker=awb", bytes)).text);
  expect(decision.warnings).toContain("low-quality");
  expect(decision.reasons).toContain("low_quality");
});

test("A32 two voices in one clip are enrolled with a warning", async () => {
  const [a, b] = [await speech("awb/1"), await speech("slt/2")];
  const reply = await enroll("both", fileOf(new Float32Array([...a, ...b])));
  expect(reply.status).toBe(201);
  expect(JSON.parse(reply.text).clips[0].warnings).toContain("multiple-speakers-suspected");
});

test("A33 a clip that doesn't sound like the speaker's others is rejected unless forced", async () => {
  for (const take of [1, 2]) expect((await enroll("awb", await sampleFile(`awb/${take}`))).status).toBe(201);
  const before = await stored(stage);
  const other = await sampleFile("slt/3");
  const refused = await enroll("awb", other);
  expect([refused.status, slugOf(refused)]).toEqual([409, typeOf("enrollment-inconsistent")]);
  expect(await stored(stage)).toBe(before);
  expect((await enroll("awb", other, "?force=true")).status).toBe(201);
});

test("A34 the same bytes again under another Idempotency-Key are a duplicate", async () => {
  const bytes = await sampleFile("awb/1");
  expect((await post("/speakers/awb/enroll", bytes, { "Idempotency-Key": "a" })).status).toBe(201);
  const before = await stored(stage);
  const refused = await post("/speakers/awb/enroll", bytes, { "Idempotency-Key": "b" });
  expect([refused.status, slugOf(refused)]).toEqual([409, typeOf("duplicate-clip")]);
  expect(await stored(stage)).toBe(before);
});

test("accepts an enrolled voice, rejects another one, and suspects a replayed clip", async () => {
  for (const take of [1, 2, 3, 4]) await enroll("awb", await sampleFile(`awb/${take}`));
  await enroll("rms", await sampleFile("rms/1"));
  const own = JSON.parse((await post("/verify?speaker=awb", await sampleFile("awb/5"))).text);
  expect(own).toMatchObject({ decision: "accept", replaySuspected: false, spoofCheck: "none" });
  const other = JSON.parse((await post("/verify?speaker=awb", await sampleFile("rms/5"))).text);
  expect(other).toMatchObject({ decision: "reject" });
  const replay = JSON.parse((await post("/verify?speaker=awb", await sampleFile("awb/2"))).text);
  expect(replay).toMatchObject({ replaySuspected: true, replayOf: "enrolled-clip" });
  const found = JSON.parse((await post("/identify", await sampleFile("awb/6"))).text);
  expect(found).toMatchObject({
    decision: "match",
    searched: 2,
    candidates: [{ speaker: "awb" }, { speaker: "rms" }],
  });
});

test("suspects a telephone call or a trimmed, noisy copy of a known recording, but no other one", async () => {
  for (const take of [1, 2, 3, 4]) await enroll("awb", await sampleFile(`awb/${take}`));
  const verify = async (bytes: Uint8Array) =>
    JSON.parse((await post("/verify?speaker=awb", new Uint8Array(bytes))).text);
  const [enrolled, fresh] = [await speech("awb/3"), await speech("awb/5")];
  const hiss = whiteNoise(10);
  const noisy = (samples: Float32Array) => samples.map((x, i) => x + 0.03 * hiss[i]);
  const call = await telephoneCall(enrolled, "a call");
  expect(await verify(call)).toMatchObject({ replayOf: "enrolled-clip" });
  expect(await verify(fileOf(noisy(enrolled.slice(16_000, -8000))))).toMatchObject({
    replayOf: "enrolled-clip",
  });
  expect(await verify(fileOf(fresh))).toMatchObject({ decision: "accept", replayOf: null });
  expect(await verify(await telephoneCall(noisy(fresh), "another call"))).toMatchObject({
    replayOf: "earlier-probe",
  });
  expect(await verify(await sampleFile("awb/6"))).toMatchObject({ decision: "accept", replayOf: null });
});
