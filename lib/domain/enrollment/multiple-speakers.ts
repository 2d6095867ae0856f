import type { ClipEmbedding } from "../../ports/model.ts";
import { tableFor } from "../../score/scoring/calibration.ts";
import { cosine, type UnitVector } from "../../score/scoring/vector.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { isOtherVoice } from "../scoring/trial.ts";

/** Duration of a part (ClipEmbedding.parts in lib/ports/model.ts), approximately. */
const PART_SECONDS = 3;
/**
 * Reported if the two groups of parts are a hundred times likelier to be two voices than one. Parts
 * of one clip share a room and a microphone, so they are more similar than the trials that the
 * calibration was fitted on: one voice stays far above this limit, and some clips of two similar
 * voices are missed. That is intended, because a false report makes a person record again.
 */
const TWO_VOICES_LLR = -Math.log(100);

/**
 * True if the clip's parts fall into two groups that are probably different voices. The two least
 * similar parts are the seeds, every other part joins the nearer seed, and the mean cosine across
 * the groups is compared with the limit.
 */
export function hasMultipleSpeakers(
  { calibration }: ScoringSetup,
  { parts, quality }: ClipEmbedding,
): boolean {
  const table = tableFor(calibration, "cosine", {
    seconds: PART_SECONDS,
    bandwidth: quality.bandwidth,
  });
  const value = cosineAcrossGroups(parts);
  if (table === undefined || value === undefined) return false;
  return isOtherVoice(table, { value, unboundedLlr: null }, TWO_VOICES_LLR);
}

/**
 * Mean cosine across the two groups that the parts fall into; undefined if there is only one group.
 */
export function cosineAcrossGroups(parts: readonly UnitVector[]): number | undefined {
  if (parts.length < 2) return undefined;
  const [a, b] = leastSimilar(parts);
  const withA = parts.filter((part) => cosine(part, a) >= cosine(part, b));
  const withB = parts.filter((part) => cosine(part, a) < cosine(part, b));
  const across = withA.flatMap((x) => withB.map((y) => cosine(x, y)));
  if (across.length === 0) return undefined;
  return across.reduce((sum, c) => sum + c, 0) / across.length;
}

function leastSimilar(parts: readonly UnitVector[]): [UnitVector, UnitVector] {
  const pairs = parts.flatMap((a, i) => parts.slice(i + 1).map((b) => ({ a, b, score: cosine(a, b) })));
  const { a, b } = pairs.reduce((least, pair) => (pair.score < least.score ? pair : least));
  return [a, b];
}
