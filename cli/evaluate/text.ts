import type { Evaluation } from "../../lib/evaluate/evaluation.ts";
import type { Intervals } from "../../lib/evaluate/intervals.ts";
import type { MethodResult } from "../../lib/evaluate/measure-job.ts";
import { type Measures, minDcfAt, PRIORS, TARGET_FARS, TARGET_FRRS } from "../../lib/evaluate/measures.ts";
import type { PartResult } from "../../lib/evaluate/results.ts";
import type { Interval } from "../../lib/score/rates/interval.ts";
import { percent, table } from "../print.ts";

export const SAME_DAY_NOTE =
  "If a speaker's clips were recorded on one day, as for nearly all development speakers, " +
  "the EER is lower than it would be across months.";

const fixed = (x: number | undefined, digits: number) => (x === undefined ? "-" : x.toFixed(digits));
const percentOf = (rate: number | undefined) => (rate === undefined ? undefined : rate * 100);
const between = (interval: Interval | undefined, scale: number, digits: number) =>
  interval ? `${(interval.low * scale).toFixed(digits)}-${(interval.high * scale).toFixed(digits)}` : "-";

/** Prints the methods side by side with one measure per line, then the EER of each part. */
export function evaluationText({ list, clips, parts }: Evaluation): string {
  const [whole, ...rest] = parts;
  const ofClips = clips > 0 ? ` of ${clips} clips` : "";
  const { targets, impostors, speakers } = whole;
  const counts = `${list}: ${targets} target and ${impostors} impostor trials${ofClips}, ${speakers} speakers`;
  return [counts, methodTable(whole), ...(rest.length > 0 ? ["", partTable(rest)] : [])].join("\n");
}

function methodTable({ results }: PartResult): string {
  const line = (label: string, cell: (result: MethodResult) => string) => [label, ...results.map(cell)];
  const value = (of: (m: Measures) => number | undefined, digits: number) => (r: MethodResult) =>
    fixed(r.measures && of(r.measures), digits);
  const range = (label: string, of: (i: Intervals) => Interval | undefined, scale: number, digits: number) =>
    results.some(({ intervals }) => intervals && of(intervals))
      ? [line(label, ({ intervals }) => between(intervals && of(intervals), scale, digits))]
      : [];
  const rows = [
    line("", ({ method }) => method),
    line(
      "EER %",
      value((m) => m.eer * 100, 2),
    ),
    ...range("  95 % interval", (i) => i.eer, 100, 2),
    line(
      "  threshold",
      value((m) => m.threshold, 4),
    ),
    ...PRIORS.flatMap((prior, p) => [
      line(
        `minDCF (prior ${prior})`,
        value((m) => minDcfAt(m, prior)?.minDcf, 4),
      ),
      ...range("  95 % interval", (i) => i.minDcf[p], 1, 3),
      line(
        "  threshold",
        value((m) => minDcfAt(m, prior)?.threshold, 4),
      ),
    ]),
    line(
      "Cllr (the model's)",
      value((m) => m.cllr, 4),
    ),
    ...range("  95 % interval", (i) => i.cllr, 1, 3),
    line(
      "Cllr (fitted here)",
      value((m) => m.cllrFitted, 4),
    ),
    line(
      "minCllr",
      value((m) => m.minCllr, 4),
    ),
    ...range("  95 % interval", (i) => i.minCllr, 1, 3),
    ...TARGET_FARS.flatMap((far) => {
      const at = (m: Measures) => m.points.find((point) => point.far === far);
      if (!results.some(({ measures }) => measures && at(measures))) return [];
      return [
        line(
          `threshold at FAR ${percent(far)}`,
          value((m) => at(m)?.threshold, 4),
        ),
        line(
          "  FRR %",
          value((m) => percentOf(at(m)?.frr), 2),
        ),
      ];
    }),
    ...TARGET_FRRS.flatMap((frr) => {
      const at = (m: Measures) => m.missPoints.find((point) => point.frr === frr);
      if (!results.some(({ measures }) => measures && at(measures))) return [];
      return [
        line(
          `threshold at FRR ${percent(frr)}`,
          value((m) => at(m)?.threshold, 4),
        ),
        line(
          "  FAR %",
          value((m) => percentOf(at(m)?.far), 2),
        ),
      ];
    }),
  ];
  return table(rows, [false, ...results.map(() => true)]);
}

/** Prints the counts of each part, and the EER with its interval for each method. */
function partTable(parts: readonly PartResult[]): string {
  const rows = parts.map(({ condition, value, targets, impostors, speakers, results }) => [
    `${condition}: ${value}`,
    String(targets),
    String(impostors),
    String(speakers),
    ...results.map(({ measures, intervals }) => {
      const range = intervals ? ` (${between(intervals.eer, 100, 1)})` : "";
      return measures ? `${(measures.eer * 100).toFixed(2)}${range}` : "-";
    }),
  ]);
  const head = [
    "EER % (95 % interval)",
    "target",
    "impostor",
    "speakers",
    ...(parts[0]?.results.map(({ method }) => method) ?? []),
  ];
  return table(
    [head, ...rows],
    head.map((_, c) => c > 0),
  );
}
