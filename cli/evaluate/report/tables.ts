import { roundedDown } from "../../../lib/domain/scoring/speech.ts";
import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { type Measures, minDcfAt, PRIORS } from "../../../lib/evaluate/measures.ts";
import type { PartResult } from "../../../lib/evaluate/results.ts";
import type { Interval } from "../../../lib/score/rates/interval.ts";
import { percent } from "../../print.ts";
import { t, translated } from "../../text/language.ts";
import { escapeHtml, htmlTable } from "./html.ts";
import { methodName } from "./method-name.ts";

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
  return show(x) + (interval ? `<small>${t`${show(interval.low)} to ${show(interval.high)}`}</small>` : "");
}

/** One row per method with all measures. */
export function methodTable(part: PartResult, caption: string): string {
  const head = [
    t`Method`,
    "EER, %",
    ...PRIORS.map((p) => t`minDCF, prior ${p}`),
    "Cllr",
    t`Cllr, fitted here`,
    "minCllr",
  ];
  const rows = part.results.map(({ method, measures, intervals }) => [
    methodName(method),
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

type Threshold = { threshold: number | undefined; note: string };

/** One row per target, with the threshold that reaches it and the error rate there. */
export function thresholdTable({ results }: PartResult): string {
  const measured = results.flatMap(({ measures }) => measures ?? []);
  const fars = new Set(measured.flatMap(({ points }) => points.map(({ far }) => far)));
  const frrs = new Set(measured.flatMap(({ missPoints }) => missPoints.map(({ frr }) => frr)));
  const row = (name: string, of: (measures: Measures) => Threshold | undefined) => [
    name,
    ...results.map(({ measures }) => thresholdCell(measures && of(measures))),
  ];
  const rows = [
    row(t`at the EER`, ({ threshold, eer }) => ({ threshold, note: t`both ${percent(eer)}` })),
    ...PRIORS.map((prior) =>
      row(t`at minDCF, prior ${prior}`, (measures) => {
        return { threshold: minDcfAt(measures, prior)?.threshold, note: "" };
      }),
    ),
    ...Array.from(fars, (far) =>
      row(t`at FAR ${percent(far)}`, ({ points }) => {
        const point = points.find((one) => one.far === far);
        return point && { threshold: point.threshold, note: t`FRR ${percent(point.frr)}` };
      }),
    ),
    ...Array.from(frrs, (frr) =>
      row(t`at FRR ${percent(frr)}`, ({ missPoints }) => {
        const point = missPoints.find((one) => one.frr === frr);
        return point && { threshold: point.threshold, note: t`FAR ${percent(point.far)}` };
      }),
    ),
  ];
  const head = [t`Threshold`, ...results.map(({ method }) => methodName(method))];
  const filled = rows.filter(([, ...cells]) => cells.some((cell) => cell !== NONE));
  return htmlTable(head, filled, t`A trial is accepted if its score reaches the threshold.`);
}

const thresholdCell = (cell: Threshold | undefined): string =>
  cell?.threshold === undefined ? NONE : `${cell.threshold.toFixed(3)}<small>${cell.note}</small>`;

/** The EER for each value of one condition, with the methods side by side. */
export function conditionTable(condition: string, parts: readonly PartResult[]): string {
  const head = [
    escapeHtml(translated(condition)),
    t`target / impostor`,
    t`speakers`,
    ...(parts[0]?.results ?? []).map(({ method }) => methodName(method)),
  ];
  const rows = parts.map(({ value, targets, impostors, speakers, results }) => [
    escapeHtml(translated(value)),
    `${targets} / ${impostors}`,
    String(speakers),
    ...results.map(({ measures, intervals }) => figure(measures?.eer, intervals?.eer, 100, 2)),
  ]);
  return htmlTable(head, rows, t`EER in %, with its 95 % interval below.`);
}

/** The clips that were excluded; empty if there are none. */
export function excludedTable({ excluded }: Evaluation): string {
  if (excluded.length === 0) return "";
  const rows = excluded.map(({ path, line, speechSeconds, trials }) => [
    escapeHtml(path),
    String(line),
    roundedDown(speechSeconds, 2),
    String(trials),
  ]);
  return htmlTable(
    [t`Excluded clip`, t`line`, t`speech, s`, t`trials that use it`],
    rows,
    t`These clips have too little speech to embed. Their trials are not scored.`,
  );
}
