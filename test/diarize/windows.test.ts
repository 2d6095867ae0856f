import { expect, test } from "vitest";
import { aloneIn, frameLabels, segmentsOf } from "../../lib/diarize/segments.ts";
import { type Window, windowsOf } from "../../lib/diarize/windows.ts";

/** Speech in the frames [from, to) of 1000. */
function speechIn(...stretches: [number, number][]): Uint8Array {
  const speech = new Uint8Array(1000);
  for (const [from, to] of stretches) speech.fill(1, from, to);
  return speech;
}
const SIZE = { length: 150, hop: 25 };

const segmentsIn = (speech: Uint8Array, windows: readonly Window[], labels: readonly number[]) =>
  segmentsOf(frameLabels(speech, windows, labels), new Int32Array(speech.length).fill(-1));

test("the tiles of the windows cover the speech once, in order, and lie within their windows", () => {
  const windows = windowsOf(speechIn([100, 460], [600, 640], [800, 1000]), SIZE);
  const covered = new Uint8Array(1000);
  for (const { from, to, tileFrom, tileTo } of windows) {
    expect(tileFrom).toBeLessThan(tileTo);
    expect(from).toBeLessThanOrEqual(tileFrom);
    expect(to).toBeGreaterThanOrEqual(tileTo);
    for (let frame = tileFrom; frame < tileTo; frame++) covered[frame] = (covered[frame] ?? 0) + 1;
  }
  expect([...covered]).toEqual([...speechIn([85, 475], [585, 655], [785, 1000])]);
});

test("windows of a long stretch have one length, and are at most a hop apart", () => {
  const windows = windowsOf(speechIn([100, 460]), SIZE);
  expect(windows.length).toBe(11);
  for (const [w, { from, to }] of windows.entries()) {
    expect(to - from).toBe(150);
    if (w > 0) expect(from - (windows[w - 1]?.from ?? 0)).toBeLessThanOrEqual(25);
  }
});

test("a short stretch is one window, and a very short one borrows from its surroundings", () => {
  const [short, tiny, ...others] = windowsOf(speechIn([200, 260], [500, 502]), SIZE);
  expect(short).toMatchObject({ from: 185, to: 275 });
  expect(tiny).toEqual({ from: 481, to: 521, tileFrom: 485, tileTo: 517 });
  expect(others).toEqual([]);
});

test("a window at the end of the recording stays within it", () => {
  const [window] = windowsOf(speechIn([995, 1000]), SIZE);
  expect(window).toMatchObject({ from: 960, to: 1000 });
});

test("silence has no windows", () => {
  expect(windowsOf(speechIn(), SIZE)).toEqual([]);
});

test("a segment ends with its speaker, or at a pause of 0.3 s", () => {
  const speech = speechIn([100, 200], [220, 300], [360, 400]);
  const windows = [
    { from: 0, to: 0, tileFrom: 85, tileTo: 250 },
    { from: 0, to: 0, tileFrom: 250, tileTo: 315 },
    { from: 0, to: 0, tileFrom: 345, tileTo: 415 },
  ];
  expect(segmentsIn(speech, windows, [0, 0, 0])).toEqual([
    { start: 1, end: 3, speaker: 0 },
    { start: 3.6, end: 4, speaker: 0 },
  ]);
  expect(segmentsIn(speech, windows, [0, 1, 1])).toEqual([
    { start: 1, end: 2.5, speaker: 0 },
    { start: 2.5, end: 3, speaker: 1 },
    { start: 3.6, end: 4, speaker: 1 },
  ]);
});

/** [frames] -1 but for `speaker` in the frames [from, to) of each stretch. */
function voiceIn(speaker: number, ...stretches: [number, number][]): Int32Array {
  const voices = new Int32Array(1000).fill(-1);
  for (const [from, to] of stretches) voices.fill(speaker, from, to);
  return voices;
}

test("where two speak at once, their segments overlap, and each is whole", () => {
  const first = voiceIn(0, [100, 300]);
  first.fill(1, 300, 600);
  const second = voiceIn(1, [200, 300]);
  second.fill(0, 300, 350);
  // Nobody speaks besides oneself.
  second.fill(1, 500, 520);
  expect(segmentsOf(first, second)).toEqual([
    { start: 1, end: 3.5, speaker: 0 },
    { start: 2, end: 6, speaker: 1 },
  ]);
});

test("somebody who speaks besides others goes on after a pause, unless another one spoke in it", () => {
  expect(segmentsOf(voiceIn(0, [100, 200], [220, 300]), voiceIn(1, [150, 200], [220, 240]))).toEqual([
    { start: 1, end: 3, speaker: 0 },
    { start: 1.5, end: 2.4, speaker: 1 },
  ]);
  expect(segmentsOf(voiceIn(0, [100, 300]), voiceIn(1, [150, 200], [220, 240]))).toEqual([
    { start: 1, end: 3, speaker: 0 },
    { start: 1.5, end: 2, speaker: 1 },
    { start: 2.2, end: 2.4, speaker: 1 },
  ]);
});

test("what others say at the same time is cut out of segments", () => {
  const own = [
    { start: 0, end: 10, speaker: 0 },
    { start: 12, end: 14, speaker: 0 },
  ];
  const others = [
    { start: 2, end: 3 },
    { start: 9, end: 13 },
    { start: 20, end: 21 },
  ];
  expect(aloneIn(own, others)).toEqual([
    { start: 0, end: 2, speaker: 0 },
    { start: 3, end: 9, speaker: 0 },
    { start: 13, end: 14, speaker: 0 },
  ]);
});
