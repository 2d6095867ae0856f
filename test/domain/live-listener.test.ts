import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { type Heard, liveListener, STEP } from "../../lib/domain/live/listener.ts";
import { joinSamples } from "../../lib/live/input.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");
const { embedder } = await openBundle({ workers: 0 });
afterAll(() => embedder.close());

const fileOf = (name: string) => new Uint8Array(readFileSync(join(SAMPLES, name)));
const sample = async (name: string) => (await readSamples({ bytes: fileOf(name) })).samples;
/** A quiet room: no digital silence. */
const quiet = (seconds: number) =>
  Float32Array.from({ length: 16_000 * seconds }, (_, i) => (((i * 7919) % 13) - 6) / 32_768);

async function heardIn(...parts: readonly Float32Array[]): Promise<Heard[]> {
  const heard: Heard[] = [];
  const listener = liveListener(embedder, (one) => void heard.push(one));
  const all = joinSamples(parts);
  for (let at = 0; at + STEP <= all.length; at += STEP) await listener.step(all.slice(at, at + STEP));
  await listener.close();
  return heard;
}

const looksOf = (heard: readonly Heard[], turn: number) =>
  heard.flatMap((one) => (one.kind === "look" && one.turn === turn ? [one] : []));

test("two people who speak after each other are two turns, looked at from 1.5 s of speech on", async () => {
  const [first, second] = [await sample("slt/1.wav"), await sample("rms/1.wav")];
  const heard = await heardIn(quiet(1), first, quiet(1.5), second, quiet(1));
  expect(heard.filter(({ kind }) => kind !== "look").map(({ kind, turn }) => [kind, turn])).toEqual([
    ["start", 1],
    ["end", 1],
    ["start", 2],
    ["end", 2],
  ]);
  const [start] = heard;
  expect(start?.atSeconds).toBeGreaterThan(0.7);
  expect(start?.atSeconds).toBeLessThan(1.4);
  for (const turn of [1, 2]) {
    const seconds = looksOf(heard, turn).map(({ look }) => look.quality.speechSeconds);
    expect(seconds[0]).toBeLessThanOrEqual(1.5);
    const gaps = seconds.slice(1).map((one, i) => one - (seconds[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(0.71);
    expect(gaps.reduce((sum, one) => sum + one, 0) / gaps.length).toBeLessThan(0.56);
  }
  const voices = [1, 2].map((turn) => looksOf(heard, turn).at(-1)?.look.embedding);
  const [a, b] = voices;
  const whole = await embedder.embed({ bytes: fileOf("slt/1.wav") });
  if (!a || !b || !whole.embedding) throw new Error("no voice");
  expect(cosine(a, whole.embedding)).toBeGreaterThan(0.9);
  expect(cosine(a, whole.embedding)).toBeGreaterThan(cosine(b, whole.embedding) + 0.3);
});

test("the end of a turn has its samples, as they were sent", async () => {
  const spoken = await sample("slt/2.wav");
  const heard = await heardIn(quiet(2), spoken, quiet(2));
  const end = heard.find((one) => one.kind === "end");
  if (end?.kind !== "end") throw new Error("no turn");
  const from = Math.round((end.atSeconds - end.samples.length / 16_000) * 16_000);
  const sent = joinSamples([quiet(2), spoken, quiet(2)]);
  expect(end.samples).toEqual(sent.slice(from, from + end.samples.length));
  const { quality } = await embedder.embed({ bytes: fileOf("slt/2.wav") });
  expect(Math.abs(end.heardSeconds - quality.speechSeconds)).toBeLessThan(0.4);
});

test("another voice without a pause ends the turn", async () => {
  const [first, second] = [await sample("slt/1.wav"), await sample("awb/1.wav")];
  const heard = await heardIn(first, second, quiet(1));
  const kinds = heard.filter(({ kind }) => kind !== "look").map(({ kind }) => kind);
  expect([kinds.slice(0, 3), kinds.at(-1)]).toEqual([["start", "end", "changed"], "end"]);
  const changed = heard.find(({ kind }) => kind === "changed");
  expect(Math.abs((changed?.atSeconds ?? 0) - first.length / 16_000)).toBeLessThan(2);
  const { embedding } = await embedder.embed({ bytes: fileOf("awb/1.wav") });
  const last = heard.findLast((one) => one.kind === "look");
  if (!embedding || last?.kind !== "look") throw new Error("no voice");
  expect(cosine(last.look.embedding, embedding)).toBeGreaterThan(0.8);
});

test("silence and noise are no turn", async () => {
  expect(await heardIn(new Float32Array(32_000), quiet(3))).toEqual([]);
});
