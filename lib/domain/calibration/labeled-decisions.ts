import type { RegistryId } from "../../id.ts";
import type { DecisionRecord } from "../../ports/decision.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationAdvice } from "../../schema/calibration.ts";
import { REFUSALS } from "../../schema/decision.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import { suggestThreshold } from "../../score/fit/suggested-threshold.ts";
import { methodOf, needsCohort } from "../../score/scoring/calibration.ts";
import { replyOf } from "../decision/replay.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { storedConditions } from "../scoring/trial.ts";
import type { CalibrationTrials } from "./trials.ts";

/** How many of the registry's latest decisions are looked through for labels. */
const MOST_DECISIONS = 2000;
/** Labels of each kind that a suggestion needs. */
export const LABELS_NEEDED = 15;

/**
 * A verification that somebody has marked as right or wrong, as a trial. accepted: what was decided
 */
export type LabeledTrial = KnownTrial & { accepted: boolean };

/** The registry's labeled decisions, newest first. */
async function labeledDecisions(
  { decisions }: Pick<Services, "decisions">,
  registryId: RegistryId,
): Promise<readonly DecisionRecord[]> {
  return (await decisions.recent(registryId, MOST_DECISIONS)).filter(({ label }) => label);
}

/**
 * Labeled verifications as trials: of a right accept or a wrong reject the truth is genuine, of the
 * others impostor. Left out are decisions without a score, of another model or normalized by
 * another cohort, and recordings that were refused whatever their score was.
 */
const trialsOf = (labeled: readonly DecisionRecord[], setup: ScoringSetup): readonly LabeledTrial[] =>
  labeled.flatMap((record) => labeledTrial(record, setup) ?? []);

function labeledTrial(record: DecisionRecord, { cohort }: ScoringSetup): LabeledTrial | undefined {
  const { label, operation, uid, decisionId } = record;
  const reply = replyOf(record);
  if (!label || operation !== "verify" || !uid || !reply || "candidates" in reply) return undefined;
  const { score, decision, reasons } = reply;
  if (!score || decision === "inconclusive" || reply.model !== cohort.modelId) return undefined;
  if (REFUSALS.some((reason) => reasons.includes(reason))) return undefined;
  const { cosine, asNorm } = score;
  const normalized = asNorm !== null && reply.cohort === cohort.id;
  if (cohort.size > 0 && !normalized) return undefined;
  const accepted = decision === "accept";
  const genuine = accepted === (label.verdict === "right");
  return {
    ...{ genuine, accepted, enrolled: uid },
    // Nobody knows who an impostor was.
    probe: genuine ? uid : decisionId,
    conditions: storedConditions(score.conditions),
    scores: { cosine, ...(normalized ? { "as-norm": asNorm } : {}) },
  };
}

/** Adds the labeled decisions to trials over enrolled clips. */
export async function withLabeled(
  services: Pick<Services, "decisions">,
  setup: ScoringSetup,
  registryId: RegistryId,
  given: CalibrationTrials,
): Promise<CalibrationTrials> {
  const labeled = trialsOf(await labeledDecisions(services, registryId), setup);
  if (labeled.length === 0) return given;
  const trials = [...given.trials, ...labeled.map(({ accepted: _, ...trial }) => trial)];
  return { ...given, trials, source: `${given.source}, and labeled decisions (${labeled.length})` };
}

/** What the labels say: how many there are, and the threshold that they suggest. */
export async function labeledAdvice(
  services: Pick<Services, "active" | "calibrations" | "cohorts" | "decisions" | "embedder">,
  registryId: RegistryId,
): Promise<CalibrationAdvice["labeled"]> {
  const labeled = await labeledDecisions(services, registryId);
  // Most registries have no labels, and a cohort takes a while to load.
  if (labeled.length === 0) return { genuine: 0, impostor: 0, needed: LABELS_NEEDED, suggestion: null };
  const setup = await scoringSetup(services, registryId);
  const trials = trialsOf(labeled, setup);
  const genuine = trials.filter((trial) => trial.genuine);
  const impostor = trials.filter((trial) => !trial.genuine);
  const counts = { genuine: genuine.length, impostor: impostor.length, needed: LABELS_NEEDED };
  const method = needsCohort(setup.calibration) ? methodOf(setup.calibration) : "cosine";
  const enough = Math.min(genuine.length, impostor.length) >= LABELS_NEEDED;
  const scores = trials.map((trial) => ({
    ...{ genuine: trial.genuine, speaker: trial.enrolled },
    score: trial.scores[method] ?? Number.NaN,
  }));
  const found =
    enough && scores.every(({ score }) => Number.isFinite(score)) ? suggestThreshold(scores) : undefined;
  const share = (part: readonly LabeledTrial[], isError: (trial: LabeledTrial) => boolean) =>
    part.filter(isError).length / part.length;
  return {
    ...counts,
    suggestion: found
      ? {
          ...{ method, ...found },
          decided: {
            far: share(impostor, ({ accepted }) => accepted),
            frr: share(genuine, ({ accepted }) => !accepted),
          },
        }
      : null,
  };
}
