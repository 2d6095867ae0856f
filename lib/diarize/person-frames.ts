import { numbered } from "./agglomerate.ts";
import { FRAMES_PER_SECOND } from "./segments.ts";

/** [frames] the speaker of each, and a second one at the same time; -1 where there is none. */
export type Talk = { first: Int32Array; second: Int32Array };

type Piece = { start: number; end: number };

/**
 * Replaces voices by people, numbered from 0 in order of appearance. Undefined if every voice is
 * one person and no two are the same.
 *
 * pieces  [voices] pieces of each voice's speech, in seconds
 * people  [voices] the number of each voice's person, and of each of its pieces' if any may be of
 *         another person
 */
export function personFrames(
  { first, second }: Talk,
  pieces: readonly (readonly Piece[])[],
  people: readonly { person: number; pieces: readonly number[] }[],
): Talk | undefined {
  const isWhole = people.every(({ person, pieces: own }) => own.every((other) => other === person));
  if (isWhole && new Set(people.map(({ person }) => person)).size === people.length) return undefined;
  const personOf = (voice: number) => (voice < 0 ? -1 : people[voice].person);
  const speaking = first.map(personOf);
  for (const [voice, own] of pieces.entries())
    for (const [i, { start, end }] of own.entries())
      for (let frame = frameOf(start); frame < frameOf(end); frame++)
        if (first[frame] === voice) speaking[frame] = people[voice].pieces[i] ?? people[voice].person;
  const numbers = numbersOf(speaking);
  return {
    first: speaking.map((person) => numbers.get(person) ?? -1),
    // A person who only speaks while others do has no speech to be recognized by.
    second: second.map((voice) => numbers.get(personOf(voice)) ?? -1),
  };
}

const frameOf = (seconds: number): number => Math.round(seconds * FRAMES_PER_SECOND);

function numbersOf(people: Int32Array): Map<number, number> {
  const speech = people.filter((person) => person >= 0);
  const numbers = numbered(speech);
  return new Map(Array.from(speech, (person, i) => [person, numbers[i]]));
}
