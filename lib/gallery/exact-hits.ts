import type { GalleryHit, GalleryProbe, GallerySearch } from "../ports/gallery.ts";
import { fromFixed } from "../score/scoring/fixed-point.ts";
import { asNorm, matchesCohort, normalizes, voiceStats } from "../score/scoring/norm.ts";
import { cosine } from "../score/scoring/vector.ts";
import type { Voice } from "./gallery-index.ts";

/**
 * Scores voices in float64, without a gallery index. Returns the `limit` best, and as floor the
 * best score of the others, or `unseen` if there are none.
 */
export function exactHits(
  voices: readonly Voice[],
  probe: GalleryProbe,
  limit: number,
  unseen = Number.NEGATIVE_INFINITY,
): Pick<GallerySearch, "floor" | "hits"> {
  const scored = voices.map((voice) => scoredHit(voice, probe)).sort((a, b) => b.score - a.score);
  return { hits: scored.slice(0, limit), floor: scored[limit]?.score ?? unseen };
}

function scoredHit({ uid, speakerId, sum, stats }: Voice, probe: GalleryProbe): GalleryHit {
  const { cohort, embedding, without } = probe;
  const voice = fromFixed(sum);
  const raw = cosine(voice, embedding);
  const hit = { speakerId, uid, error: 0 };
  if (!probe.stats || !normalizes(cohort)) return { ...hit, score: raw };
  const enrolled = matchesCohort(stats, cohort) ? stats?.voice : voiceStats(voice, cohort, uid);
  const probed = { ...probe.stats, top: without?.get(uid) ?? probe.stats.top };
  return { ...hit, score: enrolled ? asNorm(raw, enrolled, probed) : raw };
}
