import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import type { MethodResult } from "../../../lib/evaluate/measure-job.ts";
import { minDcfAt, PRIORS } from "../../../lib/evaluate/measures.ts";
import { METHOD_NAMES } from "../../../lib/evaluate/methods.ts";
import type { PartResult } from "../../../lib/evaluate/results.ts";
import type { Interval } from "../../../lib/score/rates/interval.ts";
import { percent } from "../../print.ts";
import { escapeHtml, htmlTable } from "./html.ts";

const NONE = "–";

/** A cell with a figure and its interval below it. */
function figure(
  x: number | undefined,
  interval: Interval | undefined,
  scale: number,
  digits: number,
): string {
  if (x === undefined) return NONE;
  const show = (value: number) => (value * scale).toFixed(digits);
  return show(x) + (interval ? `<small>${show(interval.low)} to ${show(interval.high)}</small>` : "");
}

/** One row per method with all measures. */
export function methodTable(part: PartResult, caption: string): string {
  const head = [
    "Method",
    "EER, %",
    ...PRIORS.map((p) => `minDCF, prior ${p}`),
    "Cllr",
    "Cllr, fitted here",
    "minCllr",
  ];
  const rows = part.results.map(({ method, measures, intervals }) => [
    METHOD_NAMES[method],
    figure(measures?.eer, intervals?.eer, 100, 2),
    ...PRIORS.map((prior, p) =>
      figure(measures && minDcfAt(measures, prior)?.minDcf, intervals?.minDcf[p], 1, 3),
    ),
    figure(measures?.cllr, intervals?.cllr, 1, 3),
    figure(measures?.cllrFitted, undefined, 1, 3),
    figure(measures?.minCllr, intervals?.minCllr, 1, 3),
  ]);
  return htmlTable(head, rows, caption);
}

/** One row per target, with the threshold that reaches it and the error rate there. */
export function thresholdTable({ results }: PartResult): string {
  const head = ["Threshold", ...results.map(({ method }) => METHOD_NAMES[method])];
  const row = (
    name: string,
    at: (result: MethodResult) => { threshold?: number | undefined; note: string } | undefined,
  ) => {
    const cells = results.map((result) => {
      const cell = at(result);
      return cell?.threshold === undefined ? NONE : `${cell.threshold.toFixed(3)}<small>${cell.note}</small>`;
    });
    return cells.every((cell) => cell === NONE) ? [] : [[name, ...cells]];
  };
  const fars = [...new Set(results.flatMap(({ measures }) => measures?.points.map(({ far }) => far) ?? []))];
  const frrs = [
    ...new Set(results.flatMap(({ measures }) => measures?.missPoints.map(({ frr }) => frr) ?? [])),
  ];
  const rows = [
    ...row(
      "at the EER",
      ({ measures }) => measures && { threshold: measures.threshold, note: `both ${percent(measures.eer)}` },
    ),
    ...PRIORS.flatMap((prior) =>
      row(
        `at minDCF, prior ${prior}`,
        ({ measures }) => measures && { threshold: minDcfAt(measures, prior)?.threshold, note: "" },
      ),
    ),
    ...fars.flatMap((far) =>
      row(`at FAR ${percent(far)}`, ({ measures }) => {
        const point = measures?.points.find((one) => one.far === far);
        return point && { threshold: point.threshold, note: `FRR ${percent(point.frr)}` };
      }),
    ),
    ...frrs.flatMap((frr) =>
      row(`at FRR ${percent(frr)}`, ({ measures }) => {
        const point = measures?.missPoints.find((one) => one.frr === frr);
        return point && { threshold: point.threshold, note: `FAR ${percent(point.far)}` };
      }),
    ),
  ];
  return htmlTable(head, rows, "A trial is accepted if its score reaches the threshold.");
}

/** The EER for each value of one condition, with the methods side by side. */
export function conditionTable(condition: string, parts: readonly PartResult[]): string {
  const head = [
    escapeHtml(condition),
    "target / impostor",
    "speakers",
    ...(parts[0]?.results ?? []).map(({ method }) => METHOD_NAMES[method]),
  ];
  const rows = parts.map(({ value, targets, impostors, speakers, results }) => [
    escapeHtml(value),
    `${targets} / ${impostors}`,
    String(speakers),
    ...results.map(({ measures, intervals }) => figure(measures?.eer, intervals?.eer, 100, 2)),
  ]);
  return htmlTable(head, rows, "EER in %, with its 95 % interval below.");
}

/** The clips that were excluded; empty if there are none. */
export function excludedTable({ excluded }: Evaluation): string {
  if (excluded.length === 0) return "";
  const rows = excluded.map(({ path, line, speechSeconds, trials }) => [
    escapeHtml(path),
    String(line),
    speechSeconds.toFixed(2),
    String(trials),
  ]);
  return htmlTable(
    ["Excluded clip", "line", "speech, s", "trials that use it"],
    rows,
    "These clips have too little speech to embed. Their trials are not scored.",
  );
}
