import { readFile } from "node:fs/promises";
import { readSamples } from "../../../lib/audio/read-samples.ts";
import { bySpeaker, type ListedClip } from "../corpus.ts";
import { joined, RATE } from "./mixture.ts";

/** What a person says in one recording session. */
type Session = { clips: readonly ListedClip[]; seconds: number };
export type Person = { speaker: string; corpus: string; sessions: readonly Session[] };
/** Some speech of a session, from `at`, in seconds. */
export type Piece = { session: Session; at: number; seconds: number };

/** A piece may be this much shorter than it should be: clips "of 10 s" have 9.9. */
const TOLERANCE = 0.97;

export function peopleOf(clips: readonly ListedClip[]): Person[] {
  return [...bySpeaker(clips).values()].map((own) => ({
    speaker: own[0].speaker,
    corpus: own[0].corpus,
    sessions: [...Map.groupBy(own, ({ session }) => session).values()].map((some) => ({
      clips: some,
      seconds: some.reduce((sum, { seconds }) => sum + seconds, 0),
    })),
  }));
}

/** At most `most` pieces of this length, spread over the person's sessions; they may overlap. */
export function piecesOf({ sessions }: Person, seconds: number, most: number): Piece[] {
  const perSession = Math.ceil(most / sessions.length);
  return sessions
    .flatMap((session) => {
      const count = Math.min(perSession, Math.floor(session.seconds / (TOLERANCE * seconds)));
      const spare = Math.max(0, session.seconds - seconds);
      const at = (i: number) => (count > 1 ? (i * spare) / (count - 1) : 0);
      return Array.from({ length: count }, (_, i) => ({ session, at: at(i), seconds }));
    })
    .slice(0, most);
}

/** Reads a piece, 16 kHz mono, from the clips of its session one after another. */
export async function samplesOf({ session, at, seconds }: Piece): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const [from, to] = [Math.round(at * RATE), Math.round((at + seconds) * RATE)];
  let start = 0;
  for (const { path, seconds: listed } of session.clips) {
    const end = start + Math.round(listed * RATE);
    if (end > from && start < to) {
      const { samples } = await readSamples({ bytes: await readFile(path) });
      parts.push(samples.subarray(Math.max(0, from - start), to - start));
    }
    start = end;
  }
  return joined(parts);
}
