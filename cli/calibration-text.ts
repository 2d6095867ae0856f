import type { CalibrationView } from "../lib/schema/calibration.ts";
import type { MissingKind } from "../lib/score/fit/fit.ts";
import type { CalibrationReport } from "../lib/score/fit/report.ts";
import { methodOf } from "../lib/score/scoring/calibration.ts";
import type { CalibrationTable, MeasuredRate } from "../lib/score/scoring/types.ts";
import { percent, table } from "./print.ts";

const conditionsText = ({ bucket, bandwidth }: Pick<CalibrationTable, "bandwidth" | "bucket">): string =>
  `${bucket === "any" ? "any length" : bucket}, ${bandwidth === "any" ? "any band" : bandwidth}`;

const bounds = ({ rate, low, high }: MeasuredRate): string =>
  `${percent(rate)} (${percent(low)} to ${percent(high)})`;

/**
 * Describes what was fitted, with intervals, missing trials, and a comparison with the active
 * calibration.
 */
export function calibrationText(view: CalibrationView): string {
  const normalized = view.tables.some((one) => one.method === "as-norm");
  const method = normalized ? methodOf(view) : "cosine";
  const tables = view.tables.filter((one) => one.method === method);
  const parts = [
    `calibration ${view.id}${view.active ? " (active)" : ""}`,
    view.source,
    thresholds(method, tables),
    scoringText(view),
    ...(view.report
      ? [tooFewText(tables), missingText(view.report.missing), comparisonText(view.report)]
      : []),
    ...(view.margin
      ? [
          'identify answers "ambiguous" unless the best candidate is ' +
            `${Math.exp(view.margin.llr).toFixed(1)} times as likely as the second; with this margin, ` +
            `${bounds(view.margin.misidentified)} of ${view.margin.misidentified.trials} enrolled clips ` +
            "were identified as another speaker",
        ]
      : []),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Names the default scoring method and the measures that it was chosen by. */
function scoringText({ method, report }: CalibrationView): string {
  if (!report?.scoring || !method) return "";
  const all = report.scoring.map(
    (one) => `${one.method} Cllr ${one.cllr.toFixed(3)}, EER ${percent(one.eer)}`,
  );
  return `default scoring method: ${method} (cross-validated: ${all.join("; ")})`;
}

function thresholds(method: string, tables: readonly CalibrationTable[]): string {
  const head = [
    "trials",
    "target FAR",
    method,
    "measured FAR (95 %)",
    "FRR (95 %)",
    "impostor",
    "genuine",
    "speakers",
  ];
  const rows = tables.flatMap((one) =>
    one.points.map((point) => [
      conditionsText(one),
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

function tooFewText(tables: readonly CalibrationTable[]): string {
  const pooled = tables.find(({ bucket, bandwidth }) => bucket === "any" && bandwidth === "any");
  return (pooled?.lacking ?? [])
    .map(({ far, moreSpeakers }) => `FAR ${percent(far)}: too few trials: need ${moreSpeakers} more speakers`)
    .join("\n");
}

function missingText(missing: readonly MissingKind[]): string {
  if (missing.length === 0) return "";
  const kinds = missing.map((one) => `  ${conditionsText(one)}: ${why(one)}`);
  return `these conditions use the pooled thresholds, because they have too few trials:\n${kinds.join("\n")}`;
}

const why = ({ why: reason, genuineTrials, moreSpeakers }: MissingKind): string =>
  reason === "too_few"
    ? `${genuineTrials} genuine trials: need ${moreSpeakers} more speakers`
    : "genuine trials do not score higher than impostor trials";

function comparisonText({ comparison }: CalibrationReport): string {
  const { candidate, active, decisions, against, trials } = comparison;
  const quality = ({ cllr, eer }: { cllr: number; eer: number }) =>
    `Cllr ${cllr.toFixed(3)}, EER ${percent(eer)}`;
  const how = candidate.crossValidated
    ? "cross-validated"
    : "measured on the speakers it was fitted on, so optimistic";
  const counts = Object.entries(decisions.kinds).map(([kind, count]) => `${count} ${kind}`);
  const kinds = counts.length > 0 ? `: ${counts.join(", ")}` : "";
  return [
    `compared with ${against}, which was active at the time, on the same ${trials} trials:`,
    `  new     ${quality(candidate)} (${how})`,
    `  active  ${active ? quality(active) : "has no thresholds for this cohort"}`,
    `  ${decisions.changed} of ${decisions.looked} past decisions would change${kinds}`,
  ].join("\n");
}

export const calibrationListText = (views: readonly CalibrationView[]): string =>
  table([
    ["", "calibration", "created", "cohort", "source"],
    ...views.map((view) => [
      view.active ? "*" : "",
      view.id,
      view.createdAt ?? "with the model",
      view.fitsCohort ? "active" : view.cohort,
      view.source,
    ]),
  ]);
