import type { Turn } from "../../lib/diarize/error-rate.ts";
import type { HeardPiece } from "../../lib/ports/candidate-voice.ts";

/** A stranger that was kept: who it really is, and where it was put. */
export type Kept = { recording: string; voice: number; person: string; candidate: string; group: string };

/** The person who speaks most in these pieces. Undefined if nobody does. */
export function personIn(pieces: readonly HeardPiece[], turns: readonly Turn[]): string | undefined {
  const seconds = new Map<string, number>();
  for (const { speaker, start, end } of turns)
    for (const [from, to] of pieces) {
      const both = Math.min(end, to / 100) - Math.max(start, from / 100);
      if (both > 0) seconds.set(speaker, (seconds.get(speaker) ?? 0) + both);
    }
  return [...seconds].sort(([, a], [, b]) => b - a)[0]?.[0];
}

export type Merges = { right: number; wrong: number; missed: number; first: number };

/**
 * What became of each stranger, in order: added to a candidate of mostly the same person (`right`)
 * or another one (`wrong`), made new although the person had a candidate (`missed`), or heard for
 * the first time (`first`).
 */
export function mergesOf(kept: readonly Kept[], group?: string): Merges {
  const merges = { right: 0, wrong: 0, missed: 0, first: 0 };
  const before: Kept[] = [];
  for (const one of kept) {
    const there = before.filter(({ candidate }) => candidate === one.candidate);
    const isKnown = before.some(({ person }) => person === one.person);
    const kind =
      there.length > 0 ? (mostIn(there) === one.person ? "right" : "wrong") : isKnown ? "missed" : "first";
    if (group === undefined || one.group === group) merges[kind] += 1;
    before.push(one);
  }
  return merges;
}

/** Who is heard most often. */
export function mostIn(kept: readonly Kept[]): string | undefined {
  const people = Map.groupBy(kept, ({ person }) => person);
  return [...people].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

/** Candidates over the people whom they are of. */
export function fragmentation(kept: readonly Kept[]): { candidates: number; people: number } {
  const of = (key: "candidate" | "person") => new Set(kept.map((one) => one[key])).size;
  return { candidates: of("candidate"), people: of("person") };
}
