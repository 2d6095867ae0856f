import type { Interval } from "../score/rates/interval.ts";
import type { Evaluation } from "./evaluation.ts";
import type { MethodResult } from "./measure-job.ts";
import { type Measures, minDcfAt, PRIORS } from "./measures.ts";
import type { PartResult } from "./results.ts";

/**
 * Returns one object per method. The first eight keys and their order are fixed; more keys may be
 * added.
 */
export function evaluationJson(evaluation: Evaluation): unknown[] {
  const { list, system, provenance, excluded, parts } = evaluation;
  const { model: modelId, ...origin } = provenance;
  const [whole, ...rest] = parts;
  return whole.results.map((result) => ({
    list,
    method: result.method,
    targets: whole.targets,
    impostors: whole.impostors,
    ...ratesOf(result),
    model: system,
    speakers: whole.speakers,
    points: result.measures?.points.map(({ far, threshold, frr }) => ({ far, threshold, frr })) ?? [],
    missPoints: result.measures?.missPoints ?? [],
    excludedClips: excluded.length,
    ...{ modelId: modelId ?? null, cohort: origin.cohort ?? null, calibration: origin.calibration ?? null },
    listSha256: origin.listSha256,
    parts: rest.map((part) => partJson(part, result.method)),
  }));
}

function partJson({ condition, value, targets, impostors, speakers, results }: PartResult, method: string) {
  const result = results.find((one) => one.method === method);
  return { condition, value, targets, impostors, speakers, ...(result ? ratesOf(result) : {}) };
}

const priorKey = (prior: number) => `minDcf${String(prior).slice(2)}`;

/** Uses null for a rate that can't be measured. */
function ratesOf({ measures, intervals }: MethodResult): Record<string, unknown> {
  if (!measures) return { eer: null };
  const minDcf = (prior: number) => minDcfAt(measures, prior)?.minDcf;
  return {
    eer: measures.eer,
    minDcf05: minDcf(0.05),
    minDcf01: minDcf(0.01),
    threshold: measures.threshold,
    minDcf001: minDcf(0.001),
    ...Object.fromEntries(
      PRIORS.map((prior) => [`${priorKey(prior)}Threshold`, minDcfAt(measures, prior)?.threshold ?? null]),
    ),
    cllr: measures.cllr ?? null,
    cllrFitted: measures.cllrFitted ?? null,
    minCllr: measures.minCllr,
    intervals: intervals
      ? {
          eer: intervals.eer ?? null,
          ...Object.fromEntries(PRIORS.map((prior, p) => [priorKey(prior), intervals.minDcf[p] ?? null])),
          cllr: intervals.cllr ?? null,
          minCllr: intervals.minCllr ?? null,
        }
      : null,
  };
}

const COLUMNS =
  "list,model,condition,value,method,targets,impostors,speakers,measure,estimate,low95,high95,threshold";

/**
 * Returns one row per measure after a line that names the columns (RFC 4180). A cell is empty if
 * the measure has no such value.
 */
export function evaluationsCsv(evaluations: readonly Evaluation[]): string {
  const rows = evaluations.flatMap(({ list, system, parts }) =>
    parts.flatMap(({ condition, value, targets, impostors, speakers, results }) =>
      results.flatMap((result) =>
        figuresOf(result).map(({ measure, estimate, interval, threshold }) =>
          csvRow([
            ...[list, system, condition, value, result.method, targets, impostors, speakers],
            ...[measure, estimate, interval?.low, interval?.high, threshold],
          ]),
        ),
      ),
    ),
  );
  return `${[COLUMNS, ...rows].join("\r\n")}\r\n`;
}

type Figure = {
  measure: string;
  estimate: number | undefined;
  interval?: Interval | undefined;
  threshold?: number | undefined;
};

function figuresOf({ measures, intervals }: MethodResult): Figure[] {
  if (!measures) return [];
  return [
    { measure: "eer", estimate: measures.eer, interval: intervals?.eer, threshold: measures.threshold },
    ...measures.minDcf.map(({ prior, minDcf, threshold }, p) => {
      return { measure: priorKey(prior), estimate: minDcf, interval: intervals?.minDcf[p], threshold };
    }),
    { measure: "cllr", estimate: measures.cllr, interval: intervals?.cllr },
    { measure: "cllrFitted", estimate: measures.cllrFitted },
    { measure: "minCllr", estimate: measures.minCllr, interval: intervals?.minCllr },
    ...rateFigures(measures),
  ];
}

const rateFigures = ({ points, missPoints }: Measures): Figure[] => [
  ...points.map(({ far, frr, threshold }) => ({ measure: `frrAtFar${far}`, estimate: frr, threshold })),
  ...missPoints.map(({ far, frr, threshold }) => ({ measure: `farAtFrr${frr}`, estimate: far, threshold })),
];

/** Returns one row per trial with its score by each method, for other tools. */
export function scoresCsv({ trials, scores }: Evaluation): string {
  const head = ["line", "label", "enrolled", "probe", ...scores.map(({ method }) => method)].join(",");
  const rows = trials.map(({ line, target, enrolled, probe }, t) =>
    csvRow([line, Number(target), enrolled, probe, ...scores.map((method) => method.scores[t])]),
  );
  return `${[head, ...rows].join("\r\n")}\r\n`;
}

const csvRow = (cells: readonly (string | number | undefined)[]): string => cells.map(csvCell).join(",");

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
