import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { qualityOn } from "../../score/fit/cross-validation.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import type { Comparison, Quality } from "../../score/fit/report.ts";
import { methodOf, needsCohort } from "../../score/scoring/calibration.ts";
import type { Calibration, Method } from "../../score/scoring/types.ts";
import { decisionChanges } from "../decision/replay.ts";
import type { ScoringSetup } from "../scoring/setup.ts";

/** How many of the registry's latest decisions the comparison replays. */
const MOST_DECISIONS = 10_000;

/**
 * Compares a new calibration with the active one: on the trials it was fitted on, and on past
 * decisions.
 *
 * crossValidated  the new one's quality on speakers it was not fitted on; undefined: too few
 *                 speakers
 */
export async function compareWithActive(
  services: Pick<Services, "decisions">,
  { cohort, calibration: active }: ScoringSetup,
  candidate: {
    registryId: RegistryId;
    trials: readonly KnownTrial[];
    calibration: Calibration;
    method: Method;
    crossValidated: Quality | undefined;
  },
): Promise<Comparison> {
  const { registryId, trials, calibration, method, crossValidated } = candidate;
  const { cllr, eer } = crossValidated ?? qualityOn(calibration, method, trials) ?? { cllr: 1, eer: 0.5 };
  // Measure each calibration by its own method: the active one may score in another way.
  const normalized = trials.every(({ scores }) => scores["as-norm"] !== undefined);
  const activeMethod = normalized ? methodOf(active) : "cosine";
  const comparable = active.cohortId === cohort.id || !needsCohort(active);
  return {
    against: active.id,
    candidate: { cllr, eer, crossValidated: crossValidated !== undefined },
    active: (comparable && qualityOn(active, activeMethod, trials)) || null,
    trials: trials.length,
    decisions: decisionChanges(await services.decisions.recent(registryId, MOST_DECISIONS), calibration),
  };
}
