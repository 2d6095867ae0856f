import { cosine, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { scoreOf, statsOfVoice, voiceOf } from "./voices.ts";

const TOP = 10;

/** The numbers of a probe's ten best voices, best first. */
type Best = { byScore: number[]; byCosine: number[] };

/**
 * Compares each probe with voices by brute force in float64. Makes one voice at a time, since a
 * million take 1.5 GB as float64.
 */
export function bestVoices(voices: Iterable<number>, probes: readonly UnitVector[]): Best[] {
  const tops = probes.map(() => ({ byScore: highest(), byCosine: highest() }));
  for (const n of voices) {
    const [voice, stats] = [voiceOf(n), statsOfVoice(n)];
    for (const [i, probe] of probes.entries()) {
      const raw = cosine(voice, probe);
      tops[i]?.byCosine.add(n, raw);
      tops[i]?.byScore.add(n, scoreOf(raw, stats));
    }
  }
  return tops.map(({ byScore, byCosine }) => ({ byScore: byScore.names(), byCosine: byCosine.names() }));
}

export function* upTo(count: number): Generator<number> {
  for (let n = 0; n < count; n++) yield n;
}

/** The part of `expected` that is among `found`. */
export const recallOf = (found: readonly number[], expected: readonly number[]): number =>
  expected.filter((n) => found.includes(n)).length / expected.length;

function highest() {
  const kept: { n: number; value: number }[] = [];
  let least = Number.NEGATIVE_INFINITY;
  return {
    add(n: number, value: number) {
      if (value <= least) return;
      const at = kept.findIndex((one) => one.value < value);
      kept.splice(at < 0 ? kept.length : at, 0, { n, value });
      if (kept.length > TOP) kept.pop();
      if (kept.length === TOP) least = kept.at(-1)?.value ?? least;
    },
    names: () => kept.map(({ n }) => n),
  };
}
