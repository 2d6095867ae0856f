import type { Evaluation } from "../../lib/evaluate/evaluation.ts";
import type { Intervals } from "../../lib/evaluate/intervals.ts";
import type { MethodResult } from "../../lib/evaluate/measure-job.ts";
import { type Measures, minDcfAt, PRIORS, TARGET_FARS, TARGET_FRRS } from "../../lib/evaluate/measures.ts";
import type { PartResult } from "../../lib/evaluate/results.ts";
import type { Interval } from "../../lib/score/rates/interval.ts";
import { percent, table } from "../print.ts";

/** Above 50 %, with room for chance in a short list. */
const UPSIDE_DOWN_EER = 0.55;

export const SAME_DAY_NOTE =
  "If a speaker's clips were recorded on one day, as for nearly all development speakers, " +
  "the EER is lower than it would be across months.";

/** Undefined if the scores point the right way: the EER of useless scores is 50 %. */
export function upsideDownNote({ parts: [whole] }: Evaluation): string | undefined {
  const wrong = whole.results.filter(
    ({ measures }) => measures !== undefined && measures.eer > UPSIDE_DOWN_EER,
  );
  if (wrong.length === 0) return undefined;
  return (
    `The EER is above 50 % (${wrong.map(({ method }) => method).join(", ")}): trials with label 0 score higher than ` +
    "those with label 1. If the scores are distances, negate them; otherwise check whether the labels are swapped."
  );
}

const NONE = "-";

const fixed = (x: number | undefined, digits: number) => (x === undefined ? NONE : x.toFixed(digits));
const percentOf = (rate: number | undefined) => (rate === undefined ? undefined : rate * 100);
const between = (interval: Interval | undefined, scale: number, digits: number) =>
  interval ? `${(interval.low * scale).toFixed(digits)}-${(interval.high * scale).toFixed(digits)}` : NONE;

/** Prints the methods side by side with one measure per line, then the EER of each part. */
export function evaluationText({ list, clips, parts }: Evaluation): string {
  const [whole, ...rest] = parts;
  const ofClips = clips > 0 ? ` of ${clips} clips` : "";
  const { targets, impostors, speakers } = whole;
  const counts = `${list}: ${targets} target and ${impostors} impostor trials${ofClips}, ${speakers} speakers`;
  return [counts, methodTable(whole), ...(rest.length > 0 ? ["", partTable(rest)] : [])].join("\n");
}

/** One line of the table. `optional`: left out if no method has a value. */
type Row = { label: string; cell: (result: MethodResult) => string; optional: boolean };

const measureRow = (label: string, digits: number, of: (m: Measures) => number | undefined): Row => ({
  label,
  cell: ({ measures }) => fixed(measures && of(measures), digits),
  optional: false,
});

const intervalRow = (scale: number, digits: number, of: (i: Intervals) => Interval | undefined): Row => ({
  label: "  95 % interval",
  cell: ({ intervals }) => between(intervals && of(intervals), scale, digits),
  optional: true,
});

const ROWS: readonly Row[] = [
  measureRow("EER %", 2, (m) => percentOf(m.eer)),
  intervalRow(100, 2, (i) => i.eer),
  measureRow("  threshold", 4, (m) => m.threshold),
  ...PRIORS.flatMap((prior, p) => [
    measureRow(`minDCF (prior ${prior})`, 4, (m) => minDcfAt(m, prior)?.minDcf),
    intervalRow(1, 3, (i) => i.minDcf[p]),
    measureRow("  threshold", 4, (m) => minDcfAt(m, prior)?.threshold),
  ]),
  measureRow("Cllr (the model's)", 4, (m) => m.cllr),
  intervalRow(1, 3, (i) => i.cllr),
  measureRow("Cllr (fitted here)", 4, (m) => m.cllrFitted),
  measureRow("minCllr", 4, (m) => m.minCllr),
  intervalRow(1, 3, (i) => i.minCllr),
  ...TARGET_FARS.flatMap((far) => {
    const pointAt = (m: Measures) => m.points.find((point) => point.far === far);
    return [
      { ...measureRow(`threshold at FAR ${percent(far)}`, 4, (m) => pointAt(m)?.threshold), optional: true },
      { ...measureRow("  FRR %", 2, (m) => percentOf(pointAt(m)?.frr)), optional: true },
    ];
  }),
  ...TARGET_FRRS.flatMap((frr) => {
    const pointAt = (m: Measures) => m.missPoints.find((point) => point.frr === frr);
    return [
      { ...measureRow(`threshold at FRR ${percent(frr)}`, 4, (m) => pointAt(m)?.threshold), optional: true },
      { ...measureRow("  FAR %", 2, (m) => percentOf(pointAt(m)?.far)), optional: true },
    ];
  }),
];

function methodTable({ results }: PartResult): string {
  const head = ["", ...results.map(({ method }) => method)];
  const rows = ROWS.map(({ label, cell, optional }) => ({ label, cells: results.map(cell), optional }))
    .filter(({ cells, optional }) => !optional || cells.some((cell) => cell !== NONE))
    .map(({ label, cells }) => [label, ...cells]);
  return table([head, ...rows], [false, ...results.map(() => true)]);
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
      return measures ? `${(measures.eer * 100).toFixed(2)}${range}` : NONE;
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
