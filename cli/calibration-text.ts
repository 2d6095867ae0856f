import type { CalibrationView } from "../lib/schema/calibration.ts";
import type { MissingKind } from "../lib/score/fit/fit.ts";
import type { CalibrationReport } from "../lib/score/fit/report.ts";
import { methodOf } from "../lib/score/scoring/calibration.ts";
import type { CalibrationTable, MeasuredRate } from "../lib/score/scoring/types.ts";
import { percent, table } from "./print.ts";

const kindOf = ({ bucket, bandwidth }: Pick<CalibrationTable, "bandwidth" | "bucket">): string =>
  `${bucket === "any" ? "any length" : bucket}, ${bandwidth === "any" ? "any band" : bandwidth}`;

const bounds = ({ rate, low, high }: MeasuredRate): string =>
  `${percent(rate)} (${percent(low)} to ${percent(high)})`;

/** What was fitted, how sure it is, what it lacks, and how it stands beside the active one. */
export function calibrationText(view: CalibrationView): string {
  const normalized = view.tables.some((one) => one.method === "as-norm");
  const method = normalized ? methodOf(view) : "cosine";
  const tables = view.tables.filter((one) => one.method === method);
  const parts = [
    `calibration ${view.id}${view.active ? " (active)" : ""}`,
    view.source,
    thresholds(method, tables),
    scoringText(view),
    ...(view.report ? [lacks(tables), missingText(view.report.missing), comparisonText(view.report)] : []),
    ...(view.margin
      ? [
          `identify: the best must be ${Math.exp(view.margin.llr).toFixed(1)} times likelier than the second, else "ambiguous"; ` +
            `${bounds(view.margin.misidentified)} of ${view.margin.misidentified.trials} enrolled clips were then named as somebody else`,
        ]
      : []),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** What was chosen between, and what would be taken where a request does not say. */
function scoringText({ method, report }: CalibrationView): string {
  if (!report?.scoring || !method) return "";
  const all = report.scoring.map(
    (one) => `${one.method} Cllr ${one.cllr.toFixed(3)}, EER ${percent(one.eer)}`,
  );
  return `scored by ${method} unless a request says otherwise (on speakers it was not fitted on: ${all.join("; ")})`;
}

function thresholds(method: string, tables: readonly CalibrationTable[]): string {
  const head = [
    "trials of",
    "at FAR",
    method,
    "FAR measured (95 %)",
    "FRR (95 %)",
    "impostor",
    "genuine",
    "speakers",
  ];
  const rows = tables.flatMap((one) =>
    one.points.map((point) => [
      kindOf(one),
      percent(point.far),
      point.threshold.toFixed(3),
      point.measured ? bounds(point.measured.far) : percent(point.far),
      point.measured ? bounds(point.measured.frr) : percent(point.frr),
      `${point.impostorTrials}`,
      `${point.genuineTrials}`,
      `${point.measured?.far.speakers ?? "-"}`,
    ]),
  );
  return table([head, ...rows], [false, true, true, false, false, true, true, true]);
}

function lacks(tables: readonly CalibrationTable[]): string {
  const pooled = tables.find(({ bucket, bandwidth }) => bucket === "any" && bandwidth === "any");
  return (pooled?.lacking ?? [])
    .map(({ far, moreSpeakers }) => `FAR ${percent(far)}: too few trials: need ${moreSpeakers} more speakers`)
    .join("\n");
}

function missingText(missing: readonly MissingKind[]): string {
  if (missing.length === 0) return "";
  const kinds = missing.map((one) => `  ${kindOf(one)}: ${why(one)}`);
  return `pooled with all others, for want of trials of their own:\n${kinds.join("\n")}`;
}

const why = ({ why: reason, genuineTrials, moreSpeakers }: MissingKind): string =>
  reason === "too_few"
    ? `${genuineTrials} genuine trials; need ${moreSpeakers} more speakers`
    : "genuine trials do not score higher than impostors'";

function comparisonText({ comparison }: CalibrationReport): string {
  const { candidate, active, decisions, against, trials } = comparison;
  const quality = ({ cllr, eer }: { cllr: number; eer: number }) =>
    `Cllr ${cllr.toFixed(3)}, EER ${percent(eer)}`;
  const how = candidate.crossValidated
    ? "on speakers it was not fitted on"
    : "on the speakers it was fitted on: flattered";
  const kinds = Object.entries(decisions.kinds).map(([kind, count]) => `${count} ${kind}`);
  return [
    `beside ${against}, active when it was fitted, on the same ${trials} trials:`,
    `  this one  ${quality(candidate)} (${how})`,
    `  active    ${active ? quality(active) : "has no thresholds for this cohort"}`,
    `  of ${decisions.looked} past decisions ${decisions.changed} would change${kinds.length > 0 ? `: ${kinds.join(", ")}` : ""}`,
  ].join("\n");
}

export const calibrationListText = (views: readonly CalibrationView[]): string =>
  table([
    ["", "calibration", "made", "thresholds for the cohort", "from"],
    ...views.map((view) => [
      view.active ? "*" : "",
      view.id,
      view.createdAt ?? "with the model",
      view.fitsCohort ? "active" : view.cohort,
      view.source,
    ]),
  ]);
