import type { Evaluation } from "../../lib/evaluate/evaluation.ts";
import type { Intervals } from "../../lib/evaluate/intervals.ts";
import type { MethodResult } from "../../lib/evaluate/measure-job.ts";
import { type Measures, minDcfAt, PRIORS, TARGET_FARS, TARGET_FRRS } from "../../lib/evaluate/measures.ts";
import { provenanceText } from "../../lib/evaluate/provenance.ts";
import type { PartResult } from "../../lib/evaluate/results.ts";
import type { Interval } from "../../lib/score/rates/interval.ts";
import { percent, table } from "../print.ts";
import { t, translated } from "../text/language.ts";
import { VERSION } from "../version.ts";

/** Above 50 %, with room for chance in a short list. */
const UPSIDE_DOWN_EER = 0.55;

/**
 * What is known about the days of the recordings. Undefined if every target trial compares
 * different sessions.
 */
export function sessionNote({ list, parts: [whole, ...parts] }: Evaluation): string | undefined {
  const sessions = parts.filter(({ condition }) => condition === "session");
  const lower = t`error rates are lower than they would be across months`;
  const unknown = sessions.length === 0 || sessions.some(({ value }) => value === "unknown");
  const same = sessions.find(({ value }) => value === "same")?.targets ?? 0;
  if (same > 0)
    return t`${list}: ${same} of ${whole.targets} target trials compare recordings of one session, so ${lower}.`;
  return unknown
    ? t`${list}: it isn't known whether the clips of a speaker were recorded on one day. If they were, ${lower}.`
    : undefined;
}

/** Undefined if the scores point the right way: the EER of useless scores is 50 %. */
export function upsideDownNote({ parts: [whole] }: Evaluation): string | undefined {
  const wrong = whole.results.filter(
    ({ measures }) => measures !== undefined && measures.eer > UPSIDE_DOWN_EER,
  );
  if (wrong.length === 0) return undefined;
  return t(
    "The EER is above 50 % ({}): trials with label 0 score higher than those with label 1. " +
      "If the scores are distances, negate them; otherwise check whether the labels are swapped.",
    wrong.map(({ method }) => method).join(", "),
  );
}

const NONE = "-";

const fixed = (x: number | undefined, digits: number) => (x === undefined ? NONE : x.toFixed(digits));
const percentOf = (rate: number | undefined) => (rate === undefined ? undefined : rate * 100);
const between = (interval: Interval | undefined, scale: number, digits: number) =>
  interval ? `${(interval.low * scale).toFixed(digits)}-${(interval.high * scale).toFixed(digits)}` : NONE;

/** How many trials, clips and speakers there are. */
export function countsText({ clips, parts: [{ targets, impostors, speakers }] }: Evaluation): string {
  return clips > 0
    ? t`${targets} target and ${impostors} impostor trials of ${clips} clips, ${speakers} speakers`
    : t`${targets} target and ${impostors} impostor trials, ${speakers} speakers`;
}

/** Prints the methods side by side with one measure per line, then the EER of each part. */
export function evaluationText(evaluation: Evaluation): string {
  const { list, provenance, parts } = evaluation;
  const [whole, ...rest] = parts;
  return [
    `${list}: ${countsText(evaluation)}`,
    `voiceroll ${VERSION}, ${provenanceText(provenance)}`,
    methodTable(whole),
    ...(rest.length > 0 ? ["", partTable(rest)] : []),
  ].join("\n");
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
    .map(({ label, cells }) => [translated(label), ...cells]);
  return table([head, ...rows], [false, ...results.map(() => true)]);
}

/** Prints the counts of each part, and the EER with its interval for each method. */
function partTable(parts: readonly PartResult[]): string {
  const rows = parts.map(({ condition, value, targets, impostors, speakers, results }) => [
    `${translated(condition)}: ${translated(value)}`,
    String(targets),
    String(impostors),
    String(speakers),
    ...results.map(({ measures, intervals }) => {
      const range = intervals ? ` (${between(intervals.eer, 100, 1)})` : "";
      return measures ? `${(measures.eer * 100).toFixed(2)}${range}` : NONE;
    }),
  ]);
  const head = [
    t`EER % (95 % interval)`,
    t`target`,
    t`impostor`,
    t`speakers`,
    ...(parts[0]?.results.map(({ method }) => method) ?? []),
  ];
  return table(
    [head, ...rows],
    head.map((_, c) => c > 0),
  );
}
