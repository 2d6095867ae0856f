import { expect, test } from "vitest";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { readRegistry } from "../../lib/domain/registry/registry.ts";
import { listClips } from "../../lib/domain/speaker/clip.ts";
import { encodeFloat32 } from "../../lib/score/scoring/codec.ts";
import { importEmbeddings } from "../../lib/transfer/import-embeddings.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, recomputed, refusal, set, stored } from "./asking.ts";

async function vector(text: string): Promise<Float32Array> {
  const { embedding } = await fakeEmbedder().embed(fakeClip(text));
  if (!embedding) throw new RangeError(text);
  return embedding;
}

const line = async (speaker: string, take: number, more: object = {}) =>
  JSON.stringify({
    kind: "embedding",
    speaker,
    model: "fake",
    embedding: Array.from(await vector(`voice=${speaker} take=${take}`)),
    speechSeconds: 6,
    ...more,
  });

async function imported(services: TestServices, lines: readonly string[], more: object = {}) {
  const registry = await readRegistry(services, services.registryId);
  const open = async function* () {
    yield* lines;
  };
  return importEmbeddings(services, { registry, open, ...more });
}

test("enrolls embeddings with the same voiceprint and score as their recordings, and fsck finds nothing", async () => {
  const embedded = await testServices();
  const fromEmbeddings = await testServices();
  await enrollTakes(embedded, "ann", 4);
  const base64 = Buffer.from(encodeFloat32(await vector("voice=ann take=4"))).toString("base64");
  const lines = [await line("ann", 1, { name: "Ann" }), await line("ann", 2), "", await line("ann", 3)];
  const last = await line("ann", 4, { embedding: base64, model: fromEmbeddings.embedder.model.modelId });
  expect(await imported(fromEmbeddings, [...lines, last])).toEqual({ speakers: 1, clips: 4, unchanged: 0 });
  const a = await stored(embedded, "ann");
  const b = await stored(fromEmbeddings, "ann");
  // Normalizing again may change the rounding of a component at scale 2^28.
  b.sum.forEach((x, i) => {
    expect(Math.abs(x - a.sum[i])).toBeLessThan(200);
  });
  expect(b.sum).toEqual(await recomputed(fromEmbeddings, b));
  expect(b).toMatchObject({ name: "Ann", version: 1 });
  const clip = fakeClip("voice=ann take=9");
  expect(await verify(fromEmbeddings, { ...named(fromEmbeddings, "ann"), clip })).toMatchObject({
    decision: "accept",
  });
  expect(
    (await listClips(fromEmbeddings, named(fromEmbeddings, "ann"))).map(({ recording }) => recording),
  ).toEqual(Array(4).fill(false));
  expect((await fsck(fromEmbeddings)).findings).toEqual([]);
  expect(await imported(fromEmbeddings, [...lines, last])).toEqual({ speakers: 0, clips: 0, unchanged: 4 });
  expect((await stored(fromEmbeddings, "ann")).version).toBe(1);
});

test("names each invalid line, and enrolls nothing from the file", async () => {
  const good = await line("ann", 1);
  const wrong: [string[], RegExp][] = [
    [[], /^Line 1: the file is empty/],
    [[good, "{"], /^Line 2: the line is not JSON/],
    [[good, await line("bob", 1, { embedding: [1, 2, 3] })], /^Line 2: embedding has 3 values, not 64/],
    [
      [good, await line("bob", 1, { embedding: Array(64).fill(0) })],
      /^Line 2: embedding is all zeros or has/,
    ],
    [
      [good, await line("bob", 1, { embedding: Array(64).fill(1e39) })],
      /^Line 2: embedding is .* values that are not finite/,
    ],
    [[good, await line("bob", 1, { embedding: Array(64).fill(null) })], /^Line 2: embedding/],
    [[good, await line("bob", 1, { embedding: "!!!!" })], /^Line 2: embedding is not base64/],
    [[good, await line("bob", 1, { model: "ge2e" })], /^Line 2: the embedding was made by ge2e/],
    [[good, await line("bob", 1, { speechSeconds: 1 })], /^Line 2: speechSeconds/],
    [[good, await line("bob", 1, { sum: 1 })], /^Line 2: the line: Unrecognized key/],
    [[good, await line("../bob", 1)], /^Line 2: "..\/bob" is not a speaker ID/],
    [[good, await line("bob", 1), await line("ann", 2)], /^Line 3: the lines of ann are not consecutive/],
    [
      [await line("bob", 1), good, await line("ann", 1, { speechSeconds: 7 })],
      /^Line 2: ann \(lines 2 to 3\): Clip 2 of 2 is a recording/,
    ],
    [
      [good, JSON.stringify({ ...JSON.parse(await line("bob", 1)), speaker: "ann" })],
      /^Line 1: ann \(lines 1 to 2\): Clip 2 of 2 does not sound like/,
    ],
  ];
  const services = await testServices();
  for (const [lines, why] of wrong) expect((await refusal(imported(services, lines))).message).toMatch(why);
  expect((await services.speakers.list(services.registryId, undefined, 10)).items).toEqual([]);
  await set(services, { consentRequired: true });
  expect((await refusal(imported(services, [good]))).message).toMatch(
    /^Line 1: ann: This registry enrolls only with consent/,
  );
  expect(
    await imported(services, [await line("ann", 1, { consent: "form" })], { dryRun: true }),
  ).toMatchObject({
    clips: 1,
  });
  expect((await services.speakers.list(services.registryId, undefined, 10)).items).toEqual([]);
});

test("rejects the embedding of a recording that is already enrolled", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 2);
  expect((await refusal(imported(services, [await line("ann", 2)]))).message).toMatch(/ann already has/);
});
