import type { Interval } from "../score/rates/interval.ts";
import type { Evaluation } from "./measured.ts";
import { type Measures, PRIORS } from "./measures.ts";
import type { MethodResult, PartResult } from "./results.ts";

/** One line a method; the first eight keys are fixed, more may follow. */
export function evaluationJson(evaluation: Evaluation): unknown[] {
  const { list, system, excluded, parts } = evaluation;
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
    parts: rest.map((part) => partJson(part, result.method)),
  }));
}

function partJson({ condition, value, targets, impostors, speakers, results }: PartResult, method: string) {
  const result = results.find((one) => one.method === method);
  return { condition, value, targets, impostors, speakers, ...(result ? ratesOf(result) : {}) };
}

const priorKey = (prior: number) => `minDcf${String(prior).slice(2)}`;

/** null for what cannot be said. */
function ratesOf({ measures, intervals }: MethodResult): Record<string, unknown> {
  if (!measures) return { eer: null };
  const cost = (p: number) => measures.minDcf[p];
  const range = (interval: Interval | undefined) => interval ?? null;
  return {
    eer: measures.eer,
    minDcf05: cost(0).minDcf,
    minDcf01: cost(1).minDcf,
    threshold: measures.threshold,
    minDcf001: cost(2).minDcf,
    ...Object.fromEntries(
      PRIORS.map((prior, p) => [`${priorKey(prior)}Threshold`, cost(p).threshold ?? null]),
    ),
    cllr: measures.cllr ?? null,
    cllrFitted: measures.cllrFitted ?? null,
    minCllr: measures.minCllr,
    intervals: intervals
      ? {
          eer: range(intervals.eer),
          ...Object.fromEntries(PRIORS.map((prior, p) => [priorKey(prior), range(intervals.minDcf[p])])),
          cllr: range(intervals.cllr),
          minCllr: range(intervals.minCllr),
        }
      : null,
  };
}

const COLUMNS =
  "list,model,condition,value,method,targets,impostors,speakers,measure,estimate,low95,high95,threshold";

/** One row a figure, after a line that names the columns (RFC 4180). Empty: cannot be said, or has none. */
export function evaluationsCsv(evaluations: readonly Evaluation[]): string {
  const rows = evaluations.flatMap(({ list, system, parts }) =>
    parts.flatMap(({ condition, value, targets, impostors, speakers, results }) =>
      results.flatMap((result) =>
        figuresOf(result).map(({ measure, estimate, interval, threshold }) =>
          [list, system, condition, value, result.method, targets, impostors, speakers]
            .concat([measure, estimate ?? "", interval?.low ?? "", interval?.high ?? "", threshold ?? ""])
            .map(csvCell)
            .join(","),
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

/** One row a trial, with its score by each method: for other tools. */
export function scoresCsv({ trials, scores }: Evaluation): string {
  const head = ["line", "label", "enrolled", "probe", ...scores.map(({ method }) => method)].join(",");
  const rows = trials.map(({ line, target, enrolled, probe }, t) =>
    [line, Number(target), enrolled, probe, ...scores.map((by) => by.scores[t])].map(csvCell).join(","),
  );
  return `${[head, ...rows].join("\r\n")}\r\n`;
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
