import { createHash } from "node:crypto";
import { AppError } from "../../error.ts";
import { type CohortId, makeId, type RegistryId, type SpeakerId } from "../../id.ts";
import type { CalibrationRecord } from "../../ports/calibration.ts";
import type { Services } from "../../ports/services.ts";
import { chooseMethod, qualityOn, trialLlr } from "../../score/fit/cross-validation.ts";
import { type FittedKind, fitKind, KINDS, type MissingKind } from "../../score/fit/fit.ts";
import { learnMargin } from "../../score/fit/margin.ts";
import type { Comparison, Quality } from "../../score/fit/report.ts";
import { suspectedDuplicates } from "../../score/fit/suspected-duplicates.ts";
import { methodOf, unboundedLlr } from "../../score/scoring/calibration.ts";
import type { Calibration, Margin, Method } from "../../score/scoring/types.ts";
import { cohortNamed } from "../cohort/cohort.ts";
import { changesBy } from "../decision/replay.ts";
import { invalid } from "../invalid.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { type ListedTrial, trialsFromList } from "./listed-trials.ts";
import { type Progress, trialsFromRegistry } from "./registry-trials.ts";
import { type CalibrationTrials, requireMeasurable } from "./trials.ts";

export type Needs = Pick<
  Services,
  "active" | "calibrations" | "clock" | "cohorts" | "decisions" | "embedder" | "speakers"
>;

/** `suspects`: pairs of speakers who sound like one person; named in the answer alone, never kept. */
export type Calibrated = { record: CalibrationRecord; suspects: readonly [SpeakerId, SpeakerId][] };

const DEFAULT_FAR = 0.01;
const MOST_SUSPECTS = 20;
/** Two ids whose trials are a hundred times likelier to be of one person, on the mean, are worth a look. */
const SUSPECT_LLR = Math.log(100);
/** The latest decisions that are made again for the comparison. */
const MOST_DECISIONS = 10_000;

type Wanted = { registryId: RegistryId; defaultFar?: number | undefined };

/** Fits thresholds and likelihood ratios on the registry's own voices, or on trials listed over them. Activates nothing. */
export async function calibrate(
  services: Needs,
  input: Wanted & {
    trials?: readonly ListedTrial[] | undefined;
    /** Fit for this one, which need not be active; undefined: the active one. */
    cohort?: CohortId | "bundled" | undefined;
    onProgress?: Progress | undefined;
  },
): Promise<Calibrated> {
  const { registryId, trials, onProgress } = input;
  const active = await scoringSetup(services, registryId);
  const cohort = input.cohort && (await cohortNamed(services, registryId, input.cohort));
  const setup = cohort ? { ...active, cohort } : active;
  const calibrationTrials = trials
    ? await trialsFromList(services, setup, { registryId, trials })
    : await trialsFromRegistry(services, setup, registryId, onProgress);
  const { record, duplicates } = await calibrateOn(services, setup, calibrationTrials, input);
  const suspects = duplicates.flatMap(([a, b]): [SpeakerId, SpeakerId][] => {
    const [one, other] = [calibrationTrials.names.get(a), calibrationTrials.names.get(b)];
    return one && other ? [[one, other]] : [];
  });
  return { record, suspects: suspects.slice(0, MOST_SUSPECTS) };
}

/** The same on trials that were scored elsewhere, against the same yardstick. */
export async function calibrateOn(
  services: Needs,
  setup: ScoringSetup,
  calibrationTrials: CalibrationTrials,
  { registryId, defaultFar = DEFAULT_FAR }: Wanted,
): Promise<{ record: CalibrationRecord; duplicates: readonly [string, string][] }> {
  const { trials, searches, source, names, ...counts } = calibrationTrials;
  if (trials.length > 0) requireMeasurable(trials);
  const { tables, missing } = await fitted(services, calibrationTrials);
  const { method, qualities } = chooseMethod(trials);
  const { cohort } = setup;
  const content = { modelId: cohort.modelId, cohortId: cohort.id, defaultFar, method, source, tables };
  const margin = marginOf({ tables }, method, calibrationTrials);
  const whole = margin ? { ...content, margin } : content;
  const calibration: Calibration = { id: contentId(whole), ...whole };
  const fair = qualities?.find((one) => one.method === method);
  const comparison = await compared(services, setup, calibrationTrials, {
    calibration,
    method,
    fair,
    registryId,
  });
  const genuineTrials = trials.filter(({ genuine }) => genuine).length;
  const impostorTrials = trials.length - genuineTrials;
  const record = {
    registryId,
    calibration,
    report: { ...counts, scoring: qualities, genuineTrials, impostorTrials, missing, comparison },
    createdAt: services.clock.now().toISOString(),
  };
  const fresh = await services.calibrations.put(record);
  const existing = fresh ? undefined : await services.calibrations.get(registryId, calibration.id);
  const scored = trials.map((trial) => ({
    ...trial,
    score: trialLlr(calibration, method, trial, unboundedLlr) ?? 0,
  }));
  return { record: existing ?? record, duplicates: suspectedDuplicates(scored, SUSPECT_LLR) };
}

async function fitted({ clock }: Pick<Services, "clock">, { trials, skippedSpeakers }: CalibrationTrials) {
  const kinds: (FittedKind | MissingKind)[] = [];
  for (const kind of KINDS) {
    kinds.push(fittedKind(trials, kind));
    // Between two kinds, other requests get their turn.
    await clock.sleep(0);
  }
  const missing = kinds.flatMap((kind) => ("tables" in kind ? [] : [kind]));
  const pooled = missing.find(({ bandwidth, bucket }) => bandwidth === "any" && bucket === "any");
  if (pooled) throw tooFew(pooled, skippedSpeakers);
  return { tables: kinds.flatMap((kind) => ("tables" in kind ? kind.tables : [])), missing };
}

function fittedKind(trials: CalibrationTrials["trials"], kind: (typeof KINDS)[number]) {
  try {
    return fitKind(trials, kind);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(
      "/trials",
      "Genuine trials do not score higher than impostors'. Are the labels turned round, or do clips belong to other speakers?",
    );
  }
}

function tooFew({ genuineTrials, genuineSpeakers, moreSpeakers }: MissingKind, skipped: number): AppError {
  const alone = skipped > 0 ? ` ${skipped} speakers have too few clips of this model to count.` : "";
  return new AppError(
    "too-few-trials",
    `Too few trials: need ${moreSpeakers} more speakers with two clips or more each. ` +
      `There are ${genuineTrials} genuine trials of ${genuineSpeakers} speakers.${alone}`,
  );
}

function marginOf(
  tables: Pick<Calibration, "tables">,
  method: Method,
  { trials, searches, speakers }: CalibrationTrials,
): Margin | undefined {
  const found = searches.map(({ speaker, from, to }) => {
    const all = trials
      .slice(from, to)
      .map((trial) => ({ ...trial, llr: trialLlr(tables, method, trial, unboundedLlr) ?? 0 }));
    const best = (genuine: boolean) =>
      all.reduce((most, one) => (one.genuine === genuine ? Math.max(most, one.llr) : most), -Infinity);
    return { speaker, own: best(true), other: best(false) };
  });
  return learnMargin(found, speakers);
}

async function compared(
  services: Needs,
  { cohort, calibration: active }: ScoringSetup,
  { trials }: CalibrationTrials,
  {
    calibration,
    method,
    fair,
    registryId,
  }: { calibration: Calibration; method: Method; fair: Quality | undefined; registryId: RegistryId },
): Promise<Comparison> {
  const { cllr, eer } = fair ?? qualityOn(calibration, method, trials) ?? { cllr: 1, eer: 0.5 };
  // Each as it decides: the active one may score in another way.
  const normalized = trials.every(({ scores }) => scores["as-norm"] !== undefined);
  const existing = normalized ? methodOf(active) : "cosine";
  const comparable = active.cohortId === cohort.id || existing === "cosine";
  return {
    against: active.id,
    candidate: { cllr, eer, crossValidated: fair !== undefined },
    active: (comparable && qualityOn(active, existing, trials)) || null,
    trials: trials.length,
    decisions: changesBy(await services.decisions.recent(registryId, MOST_DECISIONS), calibration),
  };
}

const contentId = (content: object) =>
  makeId("cal", createHash("sha256").update(JSON.stringify(content)).digest().subarray(0, 16));
