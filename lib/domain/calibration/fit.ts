import { createHash } from "node:crypto";
import { type CohortId, makeId, type RegistryId, type SpeakerId } from "../../id.ts";
import type { CalibrationRecord } from "../../ports/calibration.ts";
import type { Services } from "../../ports/services.ts";
import { chooseMethod, trialLlr } from "../../score/fit/cross-validation.ts";
import { learnMargin } from "../../score/fit/margin.ts";
import { suspectedDuplicates } from "../../score/fit/suspected-duplicates.ts";
import { unboundedLlr } from "../../score/scoring/calibration.ts";
import type { Calibration, Margin, UsualMethod } from "../../score/scoring/types.ts";
import { cohortNamed } from "../cohort/named.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { compareWithActive } from "./comparison.ts";
import { fitTables } from "./fit-tables.ts";
import { withLabeled } from "./labeled-decisions.ts";
import { type ListedTrial, trialsFromList } from "./listed-trials.ts";
import { trialsFromRegistry } from "./registry-trials.ts";
import { priorOf, shrunk } from "./shrunk.ts";
import { type CalibrationTrials, type FitProgress, requireMeasurable } from "./trials.ts";

export type FitNeeds = Pick<
  Services,
  "active" | "calibrations" | "clock" | "cohorts" | "decisions" | "embedder" | "speakers"
>;

/** Uses the registry's own voices unless `trials` lists other ones. */
export type FitInput = {
  registryId: RegistryId;
  /** The false accept rate of decisions that name none; undefined: 0.01. */
  defaultFar?: number | undefined;
  /**
   * Trials over enrolled clips, or a function that scores trials of its own with the given setup.
   */
  trials?: readonly ListedTrial[] | ((setup: ScoringSetup) => Promise<CalibrationTrials>) | undefined;
  /** The cohort to fit for, which need not be active; undefined: the active one. */
  cohort?: CohortId | "bundled" | undefined;
  /** Fit on the registry's labeled decisions as well. */
  decisions?: boolean | undefined;
  onProgress?: FitProgress | undefined;
};

const DEFAULT_FAR = 0.01;
const MOST_SUSPECTS = 20;
/** Suspect one person behind two ids if the mean likelihood ratio of their trials exceeds 100. */
const SUSPECT_LLR = Math.log(100);

/**
 * Fits thresholds and likelihood ratios, and stores them as a calibration. Activates nothing.
 *
 * throws `too-few-trials`; `validation-failed` for trials that can't be measured
 */
export async function fitCalibration(
  services: FitNeeds,
  input: FitInput,
): Promise<{ record: CalibrationRecord; suspects: readonly [SpeakerId, SpeakerId][] }> {
  const { registryId } = input;
  const active = await scoringSetup(services, registryId);
  const cohort = input.cohort && (await cohortNamed(services, registryId, input.cohort));
  const setup = cohort ? { ...active, cohort } : active;
  const enrolled = await trialsOf(services, setup, input);
  const calibrationTrials = input.decisions
    ? await withLabeled(services, setup, registryId, enrolled)
    : enrolled;
  const { trials, searches, source, names, ...counts } = calibrationTrials;
  if (trials.length > 0) requireMeasurable(trials);
  const { missing, ...plain } = await fitTables(services, calibrationTrials, input.onProgress);
  const prior = await priorOf(services, setup.cohort, calibrationTrials);
  const { tables, method, qualities } = prior
    ? shrunk(plain.tables, trials, prior)
    : { ...plain, ...chooseMethod(trials) };
  const origin = prior ? `${source}; starts from ${prior.id}, which comes with the model` : source;
  const fitted = { tables, method, calibrationTrials: { ...calibrationTrials, source: origin } };
  const calibration = calibrationOf(setup, input, fitted);
  const crossValidated = qualities?.find((quality) => quality.method === method);
  const comparison = await compareWithActive(services, setup, {
    registryId,
    trials,
    calibration,
    method,
    crossValidated,
  });
  const genuineTrials = trials.filter(({ genuine }) => genuine).length;
  const impostorTrials = trials.length - genuineTrials;
  const record = {
    registryId,
    calibration,
    report: { ...counts, scoring: qualities, genuineTrials, impostorTrials, missing, comparison },
    createdAt: services.clock.now().toISOString(),
  };
  const created = await services.calibrations.put(record);
  const existing = created ? undefined : await services.calibrations.get(registryId, calibration.id);
  return { record: existing ?? record, suspects: suspectsOf(calibrationTrials, calibration, method) };
}

function trialsOf(
  services: FitNeeds,
  setup: ScoringSetup,
  { registryId, trials, onProgress }: FitInput,
): Promise<CalibrationTrials> {
  if (typeof trials === "function") return trials(setup);
  if (trials) return trialsFromList(services, setup, { registryId, trials, onProgress });
  return trialsFromRegistry(services, setup, registryId, onProgress);
}

type Fitted = {
  tables: Calibration["tables"];
  method: UsualMethod;
  calibrationTrials: CalibrationTrials;
};

function calibrationOf(
  { cohort: { modelId, id: cohortId } }: ScoringSetup,
  { defaultFar = DEFAULT_FAR }: FitInput,
  fitted: Fitted,
): Calibration {
  const { tables, method, calibrationTrials } = fitted;
  const { source } = calibrationTrials;
  const margin = marginOf(fitted);
  const content = { modelId, cohortId, defaultFar, method, source, tables, ...(margin && { margin }) };
  const digest = createHash("sha256").update(JSON.stringify(content)).digest();
  return { id: makeId("cal", digest.subarray(0, 16)), ...content };
}

function marginOf({ tables, method, calibrationTrials }: Fitted): Margin | undefined {
  const { trials, searches, speakers } = calibrationTrials;
  const results = searches.map(({ speaker, from, to }) => {
    let own = -Infinity;
    let other = -Infinity;
    for (const trial of trials.slice(from, to)) {
      const llr = trialLlr({ tables }, method, trial, unboundedLlr) ?? 0;
      if (trial.genuine) own = Math.max(own, llr);
      else other = Math.max(other, llr);
    }
    return { speaker, own, other };
  });
  return learnMargin(results, speakers);
}

function suspectsOf(
  { trials, names }: CalibrationTrials,
  calibration: Calibration,
  method: UsualMethod,
): [SpeakerId, SpeakerId][] {
  const scored = trials.map((trial) => ({
    ...trial,
    score: trialLlr(calibration, method, trial, unboundedLlr) ?? 0,
  }));
  const pairs = suspectedDuplicates(scored, SUSPECT_LLR).flatMap(([a, b]): [SpeakerId, SpeakerId][] => {
    const one = names.get(a);
    const other = names.get(b);
    return one && other ? [[one, other]] : [];
  });
  return pairs.slice(0, MOST_SUSPECTS);
}
