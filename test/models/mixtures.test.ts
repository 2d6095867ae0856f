import { expect, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { ListedClip } from "../../models/build/corpus.ts";
import type { EmbeddedMixture } from "../../models/build/mixtures/embed.ts";
import { fitLimits } from "../../models/build/mixtures/limits.ts";
import { plannedMixtures } from "../../models/build/mixtures/list.ts";
import { type Mixture, mixtureFile, RATE } from "../../models/build/mixtures/mixture.ts";
import { peopleOf, piecesOf } from "../../models/build/mixtures/people.ts";
import { inRoom, rms, withNoise } from "../../models/build/mixtures/sounds.ts";

const SECONDS = 4;
const constant = (value: number) => new Float32Array(SECONDS * RATE).fill(value);
const sine = (hertz: number, peak: number) =>
  Float32Array.from({ length: SECONDS * RATE }, (_, i) => peak * Math.sin((2 * Math.PI * hertz * i) / RATE));
const echo = async () => Float32Array.of(1, 0, 0, 0.5);
const sounds = { rooms: [echo], noises: [async () => sine(900, 0.3)] };
const mixture = (kind: Mixture["kind"], condition: Mixture["condition"] = "recorded"): Mixture => ({
  ...{ name: `${kind} ${condition}`, kind, condition, corpus: "a", seconds: SECONDS, speaker: "ann" },
});

async function made(one: Mixture, first = constant(0.5), second = constant(-0.25)) {
  const bytes = await mixtureFile(one, first, second, sounds);
  return (await readSamples({ bytes, mediaType: "audio/wav" })).samples;
}
/** The seconds of each run of equal samples, with its value. */
function runs(samples: Float32Array): [value: number, seconds: number][] {
  const found: [number, number][] = [];
  for (const x of samples) {
    const last = found.at(-1);
    if (last && Math.abs(last[0] - x) < 1e-3) last[1] += 1 / RATE;
    else found.push([x, 1 / RATE]);
  }
  return found.map(([value, seconds]) => [Math.round(value * 100) / 100, Math.round(seconds * 100) / 100]);
}

test("people speak for half of a clip each, in turns, or for 80 and 20 % of it", async () => {
  expect(runs(await made(mixture("one")))).toEqual([[0.5, 4]]);
  expect(runs(await made(mixture("change")))).toEqual([
    [0.5, 2],
    [-0.25, 2],
  ]);
  expect(runs(await made(mixture("turns"))).map(([, seconds]) => seconds)).toEqual([1, 1, 1, 1]);
  const shares = runs(await made(mixture("unequal"))).sort(([, a], [, b]) => b - a);
  expect(shares).toEqual([
    [0.5, 3.2],
    [-0.25, 0.8],
  ]);
});

test("two people at once are equally loud; a quieter half is 15 dB down", async () => {
  const [first, second] = [sine(400, 0.5), sine(1100, 0.1)];
  const both = await made(mixture("overlap"), first, second);
  const partOf = (x: Float32Array) => both.reduce((sum, y, i) => sum + x[i] * y, 0) / rms(x);
  expect(partOf(second) / partOf(first)).toBeCloseTo(1, 2);
  const levels = await made(mixture("levels"), first);
  const half = levels.length / 2;
  const quieter = rms(levels.subarray(half)) / rms(levels.subarray(0, half));
  expect(20 * Math.log10(quieter)).toBeCloseTo(-15, 1);
});

test("a room convolves the speech and keeps its level; noise is as far below as it should be", async () => {
  const impulse = Float32Array.of(0, 1, 0, 0, 0, 0, 0, 0);
  const heard = inRoom(impulse, await echo());
  expect(heard[4] / heard[1]).toBeCloseTo(0.5, 6);
  expect(rms(heard)).toBeCloseTo(rms(impulse), 6);
  const speech = sine(300, 0.5);
  const noise = withNoise(speech, sine(900, 0.01), 10, 0).map((x, i) => x - speech[i]);
  expect(20 * Math.log10(rms(speech) / rms(noise))).toBeCloseTo(10, 3);
});

test("the same name gives the same clip, and a loud one isn't clipped", async () => {
  const loud = sine(300, 0.99);
  const bytes = () => mixtureFile(mixture("one", "noise"), loud, loud, sounds);
  expect(await bytes()).toEqual(await bytes());
  const samples = await made(mixture("one", "noise"), loud);
  expect(samples.filter((x) => Math.abs(x) > 0.9999).length).toBeLessThan(3);
});

const clip = (speaker: string, corpus: string, session: string, seconds: number): ListedClip => ({
  ...{ path: `${speaker} ${session} ${seconds}`, speaker, corpus, session, seconds },
});
const people = peopleOf([
  ...["ann", "bob", "eve"].flatMap((name) => [clip(name, "a", "one", 6), clip(name, "a", "one", 9)]),
  ...["kim", "lee"].flatMap((name) => [clip(name, "hyke", "1", 10), clip(name, "hyke", "2", 10)]),
]);
const CONDITIONS = ["recorded", "telephone", "noise"] as const;
const plan = {
  seconds: [5],
  kinds: ["one", "change", "sessions"],
  conditions: CONDITIONS,
  perPerson: 2,
} as const;

test("two people come from one corpus, and telephone recordings stay as they are", () => {
  const planned = plannedMixtures(people, plan);
  const speakersOf = (kind: string) =>
    new Set(
      planned
        .filter((one) => one.kind === kind)
        .map(({ first, second }) => `${first.session.clips[0].speaker} ${second.session.clips[0].speaker}`),
    );
  expect([...speakersOf("change")].sort()).toEqual(
    ["ann bob", "ann eve", "bob ann", "bob eve", "eve ann", "eve bob", "kim lee", "lee kim"].sort(),
  );
  expect([...speakersOf("sessions")]).toEqual(["kim kim", "lee lee"]);
  const conditions = (corpus: string) =>
    new Set(planned.filter((one) => one.corpus === corpus).map(({ condition }) => condition));
  expect(conditions("a")).toEqual(new Set(CONDITIONS));
  expect(conditions("hyke")).toEqual(new Set(["recorded"]));
  expect(new Set(planned.map(({ name }) => name)).size).toBe(planned.length);
});

test("pieces lie within the speech of a session", () => {
  const [ann] = people;
  expect(piecesOf(ann, 5, 4).map(({ at }) => at)).toEqual([0, 5, 10]);
  expect(piecesOf(ann, 10, 4).map(({ at }) => at)).toEqual([0]);
  expect(piecesOf(ann, 16, 4)).toEqual([]);
});

/** 20 people with ten clips each, of evidence 0 to 1.99. */
const clips = (kind: Mixture["kind"], seconds: number, people = 20) =>
  Array.from({ length: 10 * people }, (_, i) => ({
    ...mixture(kind),
    ...{ seconds, speaker: `speaker ${i % people}`, bandwidth: "wide", speechSeconds: seconds - 1 },
    evidence: i / 100,
  })) as unknown as (EmbeddedMixture & { evidence: number })[];

test("a limit leaves the requested share of clips of one person above it", () => {
  const points = fitLimits([...clips("one", 5), ...clips("change", 5)], 0.02);
  expect(points).toHaveLength(1);
  expect(points[0]).toMatchObject({ bandwidth: "wide", seconds: 4, limit: 1.95 });
  // 1.96 to 1.99 of 200 clips are above.
  expect(points[0]?.measured.falseAlarms.rate).toBe(0.02);
  expect(points[0]?.measured.misses.rate).toBe(0.98);
});

test("too few people or clips give no limit", () => {
  expect(fitLimits(clips("one", 5, 9), 0.02)).toEqual([]);
  expect(fitLimits(clips("one", 5).slice(0, 99), 0.02)).toEqual([]);
});
