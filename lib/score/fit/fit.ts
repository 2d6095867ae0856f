import { BANDWIDTHS } from "../../audio/types.ts";
import { type SpeakerBootstrap, speakerBootstrap } from "../rates/bootstrap.ts";
import { eer } from "../rates/metrics.ts";
import { bucketOf, llrBounds } from "../scoring/calibration.ts";
import { lackingPoints, operatingPoints } from "../scoring/operating-points.ts";
import {
  type CalibrationTable,
  DURATION_BUCKETS,
  METHODS,
  type MeasuredRate,
  type Method,
  type OperatingPoint,
  type TrialConditions,
} from "../scoring/types.ts";
import { fitLlr, fitLlrWithMeasures } from "./fit-llr.ts";
import { measuredRate } from "./measured-rate.ts";

/** One trial with known truth. `scores`: by the methods that could score it. */
export type KnownTrial = {
  genuine: boolean;
  /** Names of the speakers on both sides; any names, one per person. */
  enrolled: string;
  probe: string;
  conditions: TrialConditions;
  scores: Readonly<Partial<Record<Method, number>>>;
};

type Kind = Pick<CalibrationTable, "bandwidth" | "bucket">;
/** A kind of trial without its own table: it uses a wider table. */
export type MissingKind = Kind & {
  why: "too_few" | "not_separated";
  genuineTrials: number;
  genuineSpeakers: number;
  /**
   * Speakers to add for a table, if each adds as many trials as the existing ones; 0 if speakers
   * aren't missing.
   */
  moreSpeakers: number;
};
export type FittedKind = { tables: CalibrationTable[]; eer: Partial<Record<Method, number>> };

export const KINDS: readonly Kind[] = (["any", ...BANDWIDTHS] as const).flatMap((bandwidth) =>
  (["any", ...DURATION_BUCKETS] as const).map((bucket) => ({ bandwidth, bucket })),
);
const TARGET_FARS = [0.0001, 0.001, 0.01, 0.05];
/**
 * With fewer genuine trials or speakers of a kind its FRR would be a guess, so a wider table is
 * used.
 */
export const MIN_GENUINE = 50;
export const MIN_SPEAKERS = 10;
/** With fewer speakers the weights of quality measures would be specific to these speakers. */
const MEASURES_SPEAKERS = 30;

const matches = ({ bandwidth, bucket }: Kind, { conditions }: KnownTrial): boolean =>
  (bucket === "any" || bucketOf(conditions.seconds) === bucket) &&
  (bandwidth === "any" || conditions.bandwidth === bandwidth);

/**
 * Returns the tables of one kind of trial, one per method that scored all of them, or the reason
 * why there are none: too few trials, or genuine trials that don't score higher than impostor
 * trials. For the widest kind the latter throws RangeError, because the labels must be wrong.
 */
export function fitKind(
  trials: readonly KnownTrial[],
  kind: Kind,
  methods: readonly Method[] = METHODS,
): FittedKind | MissingKind {
  const own = trials.filter((trial) => matches(kind, trial));
  const classes = { genuine: classOf(own, true), impostor: classOf(own, false) };
  const { genuine, impostor } = classes;
  const genuineTrials = genuine.trials.length;
  const genuineSpeakers = genuine.speakers;
  const moreSpeakers = Math.max(
    MIN_SPEAKERS - genuineSpeakers,
    MIN_SPEAKERS - impostor.speakers,
    Math.ceil((MIN_GENUINE - genuineTrials) / Math.max(1, genuineTrials / Math.max(1, genuineSpeakers))),
  );
  const counts = { ...kind, genuineTrials, genuineSpeakers };
  if (moreSpeakers > 0) return { ...counts, why: "too_few", moreSpeakers };
  const fitted: FittedKind = { tables: [], eer: {} };
  try {
    for (const method of methods)
      if (own.every(({ scores }) => scores[method] !== undefined)) fitMethod(fitted, kind, method, classes);
  } catch (error) {
    if (!(error instanceof RangeError) || (kind.bucket === "any" && kind.bandwidth === "any")) throw error;
    return { ...counts, why: "not_separated", moreSpeakers: 0 };
  }
  return fitted;
}

/**
 * Returns the tables of all kinds. Calling `fitKind` for each gives the same and lets other work
 * run in between.
 */
export function fitTables(trials: readonly KnownTrial[]) {
  const all = KINDS.map((kind) => ({ kind, fitted: fitKind(trials, kind) }));
  return {
    tables: all.flatMap(({ fitted }) => ("tables" in fitted ? fitted.tables : [])),
    missing: all.flatMap(({ fitted }) => ("tables" in fitted ? [] : [fitted])),
    fitted: all.flatMap(({ kind, fitted }) => ("tables" in fitted ? [{ kind, eer: fitted.eer }] : [])),
  };
}

/** The trials of one class, genuine or impostor, with their speakers. */
export type TrialClass = {
  trials: readonly KnownTrial[];
  speakers: number;
  bootstrap: SpeakerBootstrap;
};
type Classes = { genuine: TrialClass; impostor: TrialClass };

export function classOf(own: readonly KnownTrial[], genuine: boolean): TrialClass {
  const trials = own.filter((trial) => trial.genuine === genuine);
  const index = new Map<string, number>();
  const number = (name: string) => {
    const known = index.get(name) ?? index.size;
    index.set(name, known);
    return known;
  };
  const side = (of: "enrolled" | "probe") => Int32Array.from(trials, (trial) => number(trial[of]));
  const enrolled = side("enrolled");
  const probe = side("probe");
  return { trials, speakers: index.size, bootstrap: speakerBootstrap(enrolled, probe, index.size) };
}

function fitMethod(fitted: FittedKind, kind: Kind, method: Method, { genuine, impostor }: Classes): void {
  const scored = ({ trials }: TrialClass) => ({
    scores: Float64Array.from(trials, ({ scores }) => scores[method] ?? Number.NaN),
    conditions: trials.map(({ conditions }) => conditions),
  });
  const g = scored(genuine);
  const i = scored(impostor);
  const enoughForMeasures = Math.min(genuine.speakers, impostor.speakers) >= MEASURES_SPEAKERS;
  const line = enoughForMeasures ? fitLlrWithMeasures(g, i) : fitLlr(g.scores, i.scores);
  const llr = { ...line, bounds: llrBounds(g.scores.length, i.scores.length) };
  const points = operatingPoints(g.scores, i.scores, TARGET_FARS).map((point): OperatingPoint => {
    const { threshold } = point;
    const far = rateOf(impostor, (n) => i.scores[n] >= threshold);
    return { ...point, measured: { far, frr: rateOf(genuine, (n) => g.scores[n] < threshold) } };
  });
  const lacking = lackingPoints(impostor.trials.length, impostor.speakers, TARGET_FARS);
  fitted.eer[method] = eer(g.scores, i.scores).eer;
  fitted.tables.push({ method, ...kind, llr, points, lacking });
}

/** Returns the rate of errors among the trials of a class, with its intervals. */
export function rateOf(
  { trials, speakers, bootstrap }: TrialClass,
  isError: (trial: number) => boolean,
): MeasuredRate {
  return measuredRate(trials.length, speakers, bootstrap, isError);
}
