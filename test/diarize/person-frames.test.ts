import { expect, test } from "vitest";
import { personFrames } from "../../lib/diarize/person-frames.ts";

/** Voices 0, 1 and 2 speak for a second each; voice 2 also speaks besides voice 1. */
const talk = {
  first: Int32Array.from({ length: 400 }, (_, frame) => [0, 1, 2, -1][Math.floor(frame / 100)] ?? -1),
  second: Int32Array.from({ length: 400 }, (_, frame) => (frame >= 150 && frame < 200 ? 2 : -1)),
};
const pieces = [
  [
    { start: 0, end: 0.5 },
    { start: 0.5, end: 1 },
  ],
  [{ start: 1, end: 2 }],
  [],
];

/** Runs of equal values, with their lengths. */
const runsOf = (frames: Int32Array) =>
  [...frames].reduce<[number, number][]>((runs, value) => {
    const last = runs.at(-1);
    if (last?.[0] === value) last[1] += 1;
    else runs.push([value, 1]);
    return runs;
  }, []);

test("voices of one person are numbered as one, and nobody stays nobody", () => {
  const people = personFrames(talk, pieces, [
    { person: 7, pieces: [7, 7] },
    { person: 3, pieces: [3] },
    { person: 7, pieces: [] },
  ]);
  expect(runsOf(people?.first ?? talk.first)).toEqual([
    [0, 100],
    [1, 100],
    [0, 100],
    [-1, 100],
  ]);
  expect(runsOf(people?.second ?? talk.second)).toEqual([
    [-1, 150],
    [0, 50],
    [-1, 200],
  ]);
});

test("a piece of somebody else leaves its voice", () => {
  const people = personFrames(talk, pieces, [
    { person: 0, pieces: [0, 5] },
    { person: 1, pieces: [1] },
    { person: 5, pieces: [] },
  ]);
  expect(runsOf(people?.first ?? talk.first)).toEqual([
    [0, 50],
    [1, 50],
    [2, 100],
    [1, 100],
    [-1, 100],
  ]);
  expect(runsOf(people?.second ?? talk.second)).toEqual([
    [-1, 150],
    [1, 50],
    [-1, 200],
  ]);
});

test("a pause in a piece stays one", () => {
  const paused = {
    ...talk,
    first: talk.first.map((voice, frame) => (frame >= 60 && frame < 70 ? -1 : voice)),
  };
  const people = personFrames(paused, pieces, [
    { person: 0, pieces: [0, 5] },
    { person: 1, pieces: [1] },
    { person: 2, pieces: [] },
  ]);
  expect(runsOf(people?.first ?? talk.first).slice(0, 4)).toEqual([
    [0, 50],
    [1, 10],
    [-1, 10],
    [1, 30],
  ]);
});

test("nothing changes if every voice is one person and no two are the same", () => {
  const people = [
    { person: 4, pieces: [4, 4] },
    { person: 9, pieces: [9] },
    { person: 2, pieces: [] },
  ];
  expect(personFrames(talk, pieces, people)).toBeUndefined();
});
