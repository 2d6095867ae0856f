import { expect, test } from "vitest";
import { secondVoices, USUAL_OVERLAPS } from "../../lib/diarize/overlaps.ts";
import type { SegmentedWindow } from "../../lib/diarize/powerset.ts";

const FRAMES = 589;
const NOBODY = 0;
/** Class of the network, from and until when. */
type Span = readonly [what: number, from: number, to: number];

/** 10 s in which a network hears the classes of `spans`, and nobody else. sure: of each class */
function heard(from: number, spans: readonly Span[], sure = 1): SegmentedWindow {
  const logs = new Float32Array(FRAMES * 7).fill(Math.log(1e-9));
  for (let frame = 0; frame < FRAMES; frame++) {
    const seconds = (frame * 270 + 495.5) / 16_000;
    const [what] = spans.find(([, start, end]) => seconds >= start && seconds < end) ?? [NOBODY];
    logs[frame * 7 + what] = Math.log(sure);
    if (sure < 1) logs[frame * 7 + ((what + 1) % 4)] = Math.log(1 - sure);
  }
  return { from, logs };
}

/** [frames] the voice of each span of seconds, -1 elsewhere. */
function voicesIn(seconds: number, spans: readonly Span[]): Int32Array {
  const voices = new Int32Array(100 * seconds).fill(-1);
  for (const [voice, from, to] of spans) voices.fill(voice, 100 * from, 100 * to);
  return voices;
}

/** The spans of an array of frames that have a voice, to a tenth of a second. */
function spansIn(frames: Int32Array): Span[] {
  const spans: [number, number, number][] = [];
  for (const [frame, voice] of frames.entries()) {
    const last = spans.at(-1);
    if (voice < 0) continue;
    if (last && last[0] === voice && last[2] === frame) last[2] = frame + 1;
    else spans.push([voice, frame, frame + 1]);
  }
  return spans.map(([voice, from, to]) => [voice, Math.round(from / 10) / 10, Math.round(to / 10) / 10]);
}

/** Persons 1 and 3 take turns and overlap from 4 to 5 s; our voices 7 and 2 do. */
const TURNS: readonly Span[] = [
  [1, 1, 4],
  [5, 4, 5],
  [3, 5, 9],
];
const VOICES: readonly Span[] = [
  [7, 1, 4.6],
  [2, 4.6, 9],
];

test("the second voice of an overlap is the one that the other person has when alone", () => {
  const voices = voicesIn(10, VOICES);
  expect(spansIn(secondVoices([heard(0, TURNS)], voices))).toEqual([
    [2, 4, 4.6],
    [7, 4.6, 5],
  ]);
});

test("windows may begin anywhere and call people differently", () => {
  const voices = voicesIn(
    30,
    VOICES.map(([voice, from, to]) => [voice, from + 15, to + 15]),
  );
  const first = heard(15, TURNS);
  const second = heard(17, [
    [3, 0, 2],
    [6, 2, 3],
    [2, 3, 7],
  ]);
  expect(spansIn(secondVoices([second, first], voices))).toEqual([
    [2, 19, 19.6],
    [7, 19.6, 20],
  ]);
});

test("an echo and a person who speaks like two voices are no overlap", () => {
  const own = voicesIn(10, [[7, 1, 9]]);
  expect(spansIn(secondVoices([heard(0, TURNS)], own))).toEqual([]);
  const mixed = voicesIn(10, [
    [7, 1, 4.6],
    [2, 4.6, 7],
    [4, 7, 9],
  ]);
  expect(spansIn(secondVoices([heard(0, TURNS)], mixed))).toEqual([]);
});

test("a person who never speaks alone in a window is a voice that speaks just before or after", () => {
  const brief: readonly Span[] = [
    [1, 1, 4],
    [5, 4, 5],
    [3, 5, 5 + USUAL_OVERLAPS.alone / 2],
  ];
  const voices = voicesIn(10, VOICES);
  // Within 0.5 s of the change at 4.6 s.
  expect(spansIn(secondVoices([heard(0, brief)], voices))).toEqual([
    [2, 4.1, 4.6],
    [7, 4.6, 5],
  ]);
  const later = voicesIn(10, [
    [7, 1, 5],
    [2, 5.6, 9],
  ]);
  expect(spansIn(secondVoices([heard(0, brief)], later))).toEqual([]);
});

test("an overlap that is improbable or short is none", () => {
  const voices = voicesIn(10, VOICES);
  expect(spansIn(secondVoices([heard(0, TURNS, 0.4)], voices))).toEqual([]);
  const short: readonly Span[] = [
    [1, 1, 4],
    [5, 4, 4.15],
    [3, 4.15, 9],
  ];
  expect(spansIn(secondVoices([heard(0, short)], voices))).toEqual([]);
});

test("where windows overlap, the one in whose middle a moment lies decides", () => {
  const voices = voicesIn(20, [
    [7, 0, 9.5],
    [2, 9.5, 20],
  ]);
  // From 9 to 9.5 s, one window ends within 1 s, and the other one has begun more than 4 s before.
  const deaf = heard(0, [[1, 0, 10]]);
  const attentive = heard(5, [
    [1, 0, 4],
    [4, 4, 4.5],
    [2, 4.5, 10],
  ]);
  expect(spansIn(secondVoices([deaf, attentive], voices))).toEqual([[2, 9, 9.5]]);
  const wrong = heard(0, [
    [1, 0, 8],
    [4, 8, 8.5],
    [2, 8.5, 10],
  ]);
  const right = heard(5, [
    [1, 0, 3.5],
    [2, 3.5, 10],
  ]);
  expect(spansIn(secondVoices([wrong, right], voices))).toEqual([]);
});

test("without windows, nobody speaks besides", () => {
  expect([...secondVoices([], voicesIn(1, []))]).toEqual(new Array(100).fill(-1));
});
