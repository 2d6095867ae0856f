import { expect, test } from "vitest";
import { numbered } from "../../lib/diarize/agglomerate.ts";
import { assignSpeakers } from "../../lib/diarize/assign-speakers.ts";
import type { LearnedSpace } from "../../lib/diarize/voice-space.ts";
import { type Window, windowsOf } from "../../lib/diarize/windows.ts";

const DIMENSION = 32;

/** The same numbers in every run: xorshift32. */
function gaussianSource(): () => number {
  let state = 0x9e3779b9;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 1) / (2 ** 32 + 1);
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/**
 * A recording in which people speak in turns of 4 s with pauses. Windows that overlap have common
 * noise, as those of real speech. Every row has `offset` in common.
 */
function recording(turns: readonly number[], offset = 0) {
  const gaussian = gaussianSource();
  const draw = () => Array.from({ length: DIMENSION }, gaussian);
  const people = Array.from({ length: Math.max(...turns) + 1 }, draw);
  const shift = draw();
  const speech = new Uint8Array(turns.length * 500);
  turns.forEach((_, t) => {
    speech.fill(1, t * 500, t * 500 + 400);
  });
  const windows = windowsOf(speech, { length: 150, hop: 25 });
  const ticks = Array.from({ length: Math.ceil(speech.length / 25) + 8 }, draw);
  const noise = ({ from }: Window, d: number) => {
    const first = Math.floor(from / 25);
    return ticks.slice(first, first + 6).reduce((sum, tick) => sum + (tick[d] ?? 0), 0) / Math.sqrt(6);
  };
  const truth = windows.map(({ tileFrom }) => turns[Math.floor((tileFrom + 15) / 500)] ?? 0);
  const rows = windows.flatMap((window, w) => {
    const voice = people[truth[w] ?? 0] ?? [];
    const values = voice.map((x, d) => x + noise(window, d) + offset * (shift[d] ?? 0));
    const norm = Math.hypot(...values);
    return values.map((x) => x / norm);
  });
  return { windows, rows: Float32Array.from(rows), truth: [...numbered(Int32Array.from(truth))] };
}

/** Of rows in which a person's windows vary by 1 / norm, and so do people. */
const spaceOf = (norm: number): LearnedSpace => ({
  projection: Float32Array.from({ length: DIMENSION ** 2 }, (_, i) => (i % (DIMENSION + 1) === 0 ? norm : 0)),
  between: new Float64Array(DIMENSION).fill(1),
});
const SPACE = spaceOf(Math.sqrt(2 * DIMENSION));

const shareRight = (labels: Int32Array, truth: readonly number[]) =>
  truth.filter((speaker, w) => labels[w] === speaker).length / truth.length;

test("people who take turns are told apart, and numbered in order of appearance", () => {
  const { windows, rows, truth } = recording([2, 0, 2, 1, 0, 1, 2, 0, 1, 2, 1, 0, 2, 0, 1]);
  const labels = assignSpeakers(rows, windows, SPACE);
  expect(new Set(labels).size).toBe(3);
  expect(shareRight(labels, truth)).toBeGreaterThan(0.97);
});

test("what all voices of a recording have in common makes no difference", () => {
  const turns = [0, 1, 0, 1, 1, 0, 2, 1, 2, 0, 2, 1, 0, 2];
  const { windows, rows, truth } = recording(turns, 3);
  const space = spaceOf(Math.sqrt(11 * DIMENSION));
  expect(shareRight(assignSpeakers(rows, windows, space), truth)).toBeGreaterThan(0.97);
});

test("without a learned space, the recording itself shows how voices vary", () => {
  const { windows, rows, truth } = recording([0, 1, 0, 1, 1, 0, 2, 1, 2, 0, 2, 1, 0, 2]);
  expect(shareRight(assignSpeakers(rows, windows, undefined), truth)).toBeGreaterThan(0.97);
});

test("a monologue has one speaker", () => {
  const { windows, rows } = recording([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(new Set(assignSpeakers(rows, windows, SPACE))).toEqual(new Set([0]));
});

test("no window and a single one have their speakers", () => {
  expect([...assignSpeakers(new Float32Array(0), [], SPACE)]).toEqual([]);
  const [window] = recording([0]).windows;
  expect([...assignSpeakers(new Float32Array(DIMENSION).fill(1), window ? [window] : [], SPACE)]).toEqual([
    0,
  ]);
});
