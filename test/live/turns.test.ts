import { expect, test } from "vitest";
import { speechSeconds } from "../../lib/live/speech-seconds.ts";
import { type TurnEvent, turnDetector } from "../../lib/live/turns.ts";

const THRESHOLD = 0.5;

/** Runs stretches of [frames, probability]. */
function turnsIn(...stretches: readonly [frames: number, probability: number][]) {
  const turns = turnDetector(THRESHOLD);
  const events: TurnEvent[] = [];
  for (const [frames, probability] of stretches)
    for (let i = 0; i < frames; i++) {
      const event = turns.push(probability);
      if (event) events.push(event);
    }
  return { turns, events };
}

test("a turn lasts from 100 ms before its first to 100 ms after its last speech", () => {
  const { events } = turnsIn([100, 0], [200, 1], [100, 0]);
  expect(events).toEqual([
    { kind: "start", frame: 90 },
    { kind: "end", frame: 310, reason: "silence" },
  ]);
});

test("less than 150 ms of speech is no turn, and a pause of less than 0.6 s ends none", () => {
  expect(turnsIn([100, 0], [14, 1], [100, 0]).events).toEqual([]);
  expect(turnsIn([50, 1], [59, 0], [50, 1], [80, 0]).events.map(({ kind }) => kind)).toEqual([
    "start",
    "end",
  ]);
  expect(turnsIn([50, 1], [60, 0], [50, 1], [80, 0]).events).toHaveLength(4);
});

test("speech must reach the threshold to begin, and 0.7 of it to go on", () => {
  expect(turnsIn([300, 0.45]).events).toEqual([]);
  expect(turnsIn([30, 0.6], [300, 0.36]).events).toEqual([{ kind: "start", frame: 0 }]);
  expect(turnsIn([30, 0.6], [300, 0.34]).events).toHaveLength(2);
});

test("speech without a pause is cut after half a minute, and the next turn starts there", () => {
  const { events } = turnsIn([3100, 1]);
  expect(events).toEqual([
    { kind: "start", frame: 0 },
    { kind: "end", frame: 3000, reason: "cut" },
    { kind: "start", frame: 3000 },
  ]);
});

test("a split turn keeps the speech from there on, and the end of the stream ends it", () => {
  const { turns } = turnsIn([200, 1]);
  turns.split(120);
  expect(turns.open).toEqual({ from: 120, speech: Array.from({ length: 80 }, (_, i) => 120 + i) });
  expect(turns.close()).toEqual({ kind: "end", frame: 200, reason: "silence" });
  expect(turns.close()).toBeUndefined();
});

test("net speech closes gaps under 200 ms, and has 50 ms at both ends of a stretch", () => {
  const frames = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  expect(speechSeconds([])).toBe(0);
  expect(speechSeconds(frames(100, 200))).toBe(1.1);
  expect(speechSeconds([...frames(100, 200), ...frames(219, 300)])).toBe(2.1);
  expect(speechSeconds([...frames(100, 200), ...frames(221, 300)])).toBeCloseTo(1.1 + 0.89, 9);
});
