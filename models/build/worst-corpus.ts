import type { BANDWIDTHS } from "../../lib/audio/types.ts";
import { classOf, rateOf } from "../../lib/score/fit/fit.ts";
import { fitLlrWeighted } from "../../lib/score/fit/fit-llr.ts";
import { eer } from "../../lib/score/rates/metrics.ts";
import { bucketOf, llrBounds, unboundedLlr } from "../../lib/score/scoring/calibration.ts";
import {
  type CalibrationTable,
  DURATION_BUCKETS,
  METHODS,
  type Measure,
  type Method,
  type OperatingPoint,
} from "../../lib/score/scoring/types.ts";
import type { CellTrial } from "./condition-trials.ts";
import { thresholdsOf } from "./worst-threshold.ts";

type Kind = { bandwidth: (typeof BANDWIDTHS)[number]; crossBand: boolean | undefined };
export type CohortBands = readonly Kind["bandwidth"][];
export type WorstFirst = {
  tables: CalibrationTable[];
  /** By method, bandwidth and bucket. */
  eer: Record<string, Record<string, Record<string, number>>>;
};

/**
 * The kinds of trial that get a likelihood ratio of their own. A call against a wide-band
 * enrollment scores lower than a call against a call, whoever speaks.
 */
export const KINDS: readonly Kind[] = [
  { bandwidth: "wide", crossBand: undefined },
  { bandwidth: "telephone", crossBand: false },
  { bandwidth: "telephone", crossBand: true },
];
const ALWAYS: readonly Measure[] = ["shorter", "longer", "clips"];
const measuresOf = (method: Method, { bandwidth }: Kind, bands: CohortBands): readonly Measure[] =>
  method === "cosine" && bands.includes(bandwidth) ? [...ALWAYS, "cohortMean", "cohortSpread"] : ALWAYS;
const MIN_GENUINE = 20;
const MIN_IMPOSTORS = 50;
const MIN_BUCKET_GENUINE = 50;
/** Fewer people are too few pairs of voices: one similar pair would set the threshold. */
const MIN_CELL_SPEAKERS = 5;

/** Whether a trial is of a kind. */
export const isOfKind = ({ bandwidth, crossBand }: Kind, { conditions }: CellTrial): boolean =>
  conditions.bandwidth === bandwidth && (crossBand === undefined || conditions.crossBand === crossBand);

/**
 * Fits tables of which the thresholds hold in every corpus and condition, not on their average. The
 * likelihood ratio of a kind of trial is fitted with the same weight for each corpus, and a
 * threshold is the highest that any corpus needs in any condition (`thresholdsOf`). The tables of a
 * duration bucket have the same thresholds, with the rates measured at this length. Rates are those
 * of probes that were not put into a room or into noise, where FRRs are far higher.
 *
 * bands  where the likelihood ratio of a cosine depends on the nearest cohort voices
 */
export function fitWorstFirst(
  trials: readonly CellTrial[],
  bands: CohortBands,
  methods: readonly Method[] = METHODS,
): WorstFirst {
  const result: WorstFirst = { tables: [], eer: {} };
  for (const method of methods)
    for (const kind of KINDS) {
      const own = usable(trials.filter((trial) => isOfKind(kind, trial)));
      if (own.length > 0) addTables(result, method, kind, own, bands);
    }
  return result;
}

/** Leaves out corpora with too few trials to fit on. */
function usable(trials: readonly CellTrial[]): CellTrial[] {
  const enough = new Set(
    [...new Set(trials.map(({ corpus }) => corpus))].filter((corpus) => {
      const own = trials.filter((trial) => trial.corpus === corpus);
      const genuine = own.filter((trial) => trial.genuine).length;
      return genuine >= MIN_GENUINE && own.length - genuine >= MIN_IMPOSTORS;
    }),
  );
  return trials.filter(({ corpus }) => enough.has(corpus));
}

/** The corpora with at least so many speakers on the enrolled side. */
function corporaOf(trials: readonly CellTrial[], speakers: number): Set<string> {
  const people = new Map<string, Set<string>>();
  for (const { corpus, enrolled } of trials)
    people.set(corpus, (people.get(corpus) ?? new Set()).add(enrolled));
  return new Set([...people].flatMap(([corpus, own]) => (own.size >= speakers ? [corpus] : [])));
}

function addTables(
  { tables, eer: rates }: WorstFirst,
  method: Method,
  kind: Kind,
  own: readonly CellTrial[],
  bands: CohortBands,
): void {
  const { bandwidth, crossBand } = kind;
  const of = (genuine: boolean) => {
    const some = own.filter((trial) => trial.genuine === genuine);
    return {
      scores: Float64Array.from(some, ({ scores }) => scores[method] ?? Number.NaN),
      conditions: some.map(({ conditions }) => conditions),
      groups: some.map(({ corpus }) => corpus),
    };
  };
  const [genuine, impostor] = [of(true), of(false)];
  const line = fitLlrWeighted(genuine, impostor, measuresOf(method, kind, bands));
  const llr = { ...line, bounds: llrBounds(genuine.scores.length, impostor.scores.length) };
  const llrs = own.map((trial) =>
    unboundedLlr({ llr }, trial.scores[method] ?? Number.NaN, trial.conditions),
  );
  const large = corporaOf(own, MIN_CELL_SPEAKERS);
  const thresholds = thresholdsOf(
    own.flatMap(({ genuine: same, cell, corpus }, i) =>
      same || !large.has(corpus) ? [] : [{ cell, value: llrs[i] }],
    ),
  );
  for (const bucket of ["any", ...DURATION_BUCKETS] as const) {
    const at = own.flatMap(({ conditions, degraded }, i) =>
      !degraded && (bucket === "any" || bucketOf(conditions.seconds) === bucket) ? [i] : [],
    );
    const some = at.map((i) => own[i]);
    const values = at.map((i) => llrs[i]);
    if (bucket !== "any" && some.filter((trial) => trial.genuine).length < MIN_BUCKET_GENUINE) continue;
    const points = pointsOf(some, values, thresholds);
    tables.push({
      method,
      bucket,
      bandwidth,
      ...(crossBand !== undefined && { crossBand }),
      llr,
      thresholdsOn: "llr",
      points,
    });
    const split = (same: boolean) => values.filter((_, i) => some[i].genuine === same);
    rates[method] ??= {};
    const name = crossBand ? `${bandwidth}, other side wide` : bandwidth;
    rates[method][name] ??= {};
    rates[method][name][bucket] = eer(split(true), split(false)).eer;
  }
}

function pointsOf(
  trials: readonly CellTrial[],
  llrs: readonly number[],
  thresholds: ReturnType<typeof thresholdsOf>,
): OperatingPoint[] {
  const classes = [true, false].map((same) => ({
    of: classOf(trials, same),
    llrs: llrs.filter((_, i) => trials[i].genuine === same),
  }));
  const [genuine, impostor] = classes;
  return thresholds.map(({ far, threshold, setBy }) => {
    const measured = {
      far: rateOf(impostor.of, (n) => impostor.llrs[n] >= threshold),
      frr: rateOf(genuine.of, (n) => genuine.llrs[n] < threshold),
    };
    const counts = { genuineTrials: genuine.llrs.length, impostorTrials: impostor.llrs.length };
    return { far, threshold, frr: measured.frr.rate, ...counts, setBy, measured };
  });
}
