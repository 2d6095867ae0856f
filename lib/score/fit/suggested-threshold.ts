import { drawnSpeakers } from "../rates/bootstrap.ts";
import { type Interval, percentileInterval } from "../rates/interval.ts";
import { eer } from "../rates/metrics.ts";

/** A score with known truth. speaker: the enrolled one, as a name; its trials are drawn together */
export type LabeledScore = { genuine: boolean; speaker: string; score: number };

/**
 * threshold: where as many genuine as impostor scores are on the wrong side. errorRate: of either,
 * there
 */
export type SuggestedThreshold = { threshold: number; errorRate: number; interval: Interval };

/**
 * Returns the threshold at which both error rates of these scores are equal, with its 95 % interval
 * by a bootstrap over speakers (lib/score/rates/bootstrap.ts). Undefined without scores of both
 * kinds, or if too few draws have both.
 */
export function suggestThreshold(scores: readonly LabeledScore[]): SuggestedThreshold | undefined {
  const found = equalErrors(scores.map((one) => ({ ...one, times: 1 })));
  if (!found) return undefined;
  const speakers = [...new Set(scores.map(({ speaker }) => speaker))];
  const places = new Map(speakers.map((speaker, i) => [speaker, i]));
  const thresholds = drawnSpeakers(speakers.length).flatMap((times) => {
    const drawn = scores.map((one) => ({ ...one, times: times[places.get(one.speaker) ?? 0] ?? 0 }));
    return equalErrors(drawn)?.threshold ?? [];
  });
  const interval = percentileInterval(thresholds);
  return interval && { threshold: found.threshold, errorRate: found.eer, interval };
}

function equalErrors(scores: readonly (LabeledScore & { times: number })[]) {
  const of = (genuine: boolean) =>
    scores.flatMap((one) => (one.genuine === genuine ? Array<number>(one.times).fill(one.score) : []));
  const [genuine, impostor] = [of(true), of(false)];
  return genuine.length > 0 && impostor.length > 0 ? eer(genuine, impostor) : undefined;
}
