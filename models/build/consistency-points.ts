import { BANDWIDTHS } from "../../lib/audio/types.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { classOf, MIN_GENUINE, MIN_SPEAKERS, rateOf } from "../../lib/score/fit/fit.ts";
import { thresholdAtFar } from "../../lib/score/rates/metrics.ts";
import type { Cohort, ConsistencyCheck, ConsistencyPoint } from "../../lib/score/scoring/types.ts";
import { type ConsistencyTrial, consistencyTrials, enrollableTakes } from "./consistency.ts";
import type { TrainClip } from "./corpus.ts";
import { withoutSuspects } from "./label-noise.ts";

/**
 * The share of other people's clips that the check may pass. docs/security.md has what each choice
 * costs.
 */
export const CONSISTENCY_FAR = 0.01;

/** Embeds the clips of held-out speakers and sets the limits of the consistency check on them. */
export async function measureConsistency(
  embedClip: EmbedClip,
  cohort: Cohort,
  heldOut: readonly TrainClip[],
  width: number,
): Promise<ConsistencyCheck> {
  const takes = await enrollableTakes(embedClip, heldOut, width);
  return fitConsistency(withoutSuspects(consistencyTrials(cohort, takes)).kept);
}

/**
 * Sets the limit for each bandwidth and number of clips, with the rates measured there. A
 * number of clips with too few genuine trials or speakers has none: it uses the next lower one.
 */
export function fitConsistency(trials: readonly ConsistencyTrial[], far = CONSISTENCY_FAR): ConsistencyCheck {
  const numbers = [...new Set(trials.map(({ clips }) => clips))].sort((a, b) => a - b);
  const points = BANDWIDTHS.flatMap((bandwidth) =>
    numbers.flatMap((clips): ConsistencyPoint[] => {
      const own = trials.filter((trial) => trial.clips === clips && trial.conditions.bandwidth === bandwidth);
      const [genuine, impostor] = [classOf(own, true), classOf(own, false)];
      if (genuine.trials.length < MIN_GENUINE || genuine.speakers < MIN_SPEAKERS) return [];
      const scoresOf = (of: typeof genuine) =>
        Float64Array.from(of.trials, ({ scores }) => scores["as-norm"] ?? Number.NaN);
      const [genuineScores, impostorScores] = [scoresOf(genuine), scoresOf(impostor)];
      const threshold = thresholdAtFar(genuineScores, impostorScores, far);
      if (threshold === undefined) return [];
      const measured = {
        far: rateOf(impostor, (n) => impostorScores[n] >= threshold),
        frr: rateOf(genuine, (n) => genuineScores[n] < threshold),
      };
      return [{ bandwidth, clips, threshold, measured }];
    }),
  );
  return { far, points };
}
