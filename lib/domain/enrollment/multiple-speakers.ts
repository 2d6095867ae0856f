import type { ClipEmbedding } from "../../ports/model.ts";
import { tableFor } from "../../score/scoring/calibration.ts";
import { cosine, type UnitVector } from "../../score/scoring/vector.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { isOtherVoice } from "../scoring/trial.ts";

/** Parts are about this long (ports.ts: HeardClip.parts). */
const PART_SECONDS = 3;
/**
 * Reported when the two halves are a hundred times likelier to be two voices. Parts of one clip
 * share a room and a microphone and so come out more alike than the trials that the calibration
 * saw: one voice stays far above this, and some clips of two similar voices go unreported. A wrong
 * report costs more: it sends a person back to the microphone.
 */
const TWO_VOICES_LLR = -Math.log(100);

/**
 * Do the clip's parts fall into two groups that are not one voice? The two least alike parts are
 * the seeds, the others join the nearer one, and the mean cosine across the groups is judged.
 */
export function hasMultipleSpeakers(
  { calibration }: ScoringSetup,
  { parts, quality }: ClipEmbedding,
): boolean {
  const table = tableFor(calibration, "cosine", {
    seconds: PART_SECONDS,
    bandwidth: quality.bandwidth,
  });
  const value = likenessOfHalves(parts);
  return (
    table !== undefined && value !== undefined && isOtherVoice(table, { value, line: null }, TWO_VOICES_LLR)
  );
}

/** Mean cosine across the two groups that the parts fall into; undefined where there is but one. */
export function likenessOfHalves(parts: readonly UnitVector[]): number | undefined {
  if (parts.length < 2) return undefined;
  const [a, b] = leastAlike(parts);
  const withA = parts.filter((part) => cosine(part, a) >= cosine(part, b));
  const withB = parts.filter((part) => cosine(part, a) < cosine(part, b));
  const across = withA.flatMap((x) => withB.map((y) => cosine(x, y)));
  if (across.length === 0) return undefined;
  return across.reduce((sum, c) => sum + c, 0) / across.length;
}

function leastAlike(parts: readonly UnitVector[]): [UnitVector, UnitVector] {
  const pairs = parts.flatMap((a, i) => parts.slice(i + 1).map((b) => ({ a, b, alike: cosine(a, b) })));
  const { a, b } = pairs.reduce((least, pair) => (pair.alike < least.alike ? pair : least));
  return [a, b];
}
