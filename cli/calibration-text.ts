import { BANDWIDTHS, type Bandwidth } from "../lib/audio/types.ts";
import type { CalibrationAdvice, CalibrationView } from "../lib/schema/calibration.ts";
import type { MissingKind } from "../lib/score/fit/fit.ts";
import type { CalibrationReport } from "../lib/score/fit/report.ts";
import { methodOf } from "../lib/score/scoring/calibration.ts";
import type { CalibrationTable, MeasuredRate } from "../lib/score/scoring/types.ts";
import { percent, table } from "./print.ts";
import { t, translated } from "./text/language.ts";

const conditionsText = ({ bucket, bandwidth }: Pick<CalibrationTable, "bandwidth" | "bucket">): string =>
  `${bucket === "any" ? t`any length` : bucket}, ${translated(bandwidth === "any" ? "any band" : bandwidth)}`;

const bounds = ({ rate, low, high }: MeasuredRate): string =>
  t`${percent(rate)} (${percent(low)} to ${percent(high)})`;

/**
 * Describes what was fitted, with intervals, missing trials, and a comparison with the active
 * calibration.
 */
export function calibrationText(view: CalibrationView): string {
  const normalized = view.tables.some((one) => one.method === "as-norm");
  const method = normalized ? methodOf(view) : "cosine";
  const tables = view.tables.filter((one) => one.method === method);
  const parts = [
    view.active ? t`calibration ${view.id} (active)` : t`calibration ${view.id}`,
    translated(view.source),
    thresholds(tables),
    scoringText(view),
    ...(view.report
      ? [tooFewText(tables), missingText(view.report.missing), comparisonText(view.report)]
      : []),
    ...(view.margin
      ? [
          t(
            'identify answers "ambiguous" unless the best candidate is {} times as likely as the second; ' +
              "with this margin, {} of {} enrolled clips were identified as another speaker",
            Math.exp(view.margin.llr).toFixed(1),
            bounds(view.margin.misidentified),
            view.margin.misidentified.trials,
          ),
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
  return t`default scoring method: ${method} (cross-validated: ${all.join("; ")})`;
}

function thresholds(tables: readonly CalibrationTable[]): string {
  const head = [
    t`trials`,
    t`target FAR`,
    t`threshold`,
    t`measured FAR (95 %)`,
    t`FRR (95 %)`,
    t`impostor`,
    t`genuine`,
    t`speakers`,
  ];
  const rows = tables.flatMap((one) =>
    one.points.map((point) => [
      conditionsText(one),
      percent(point.far),
      `${one.thresholdsOn ?? one.method} ${point.threshold.toFixed(3)}`,
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
    .map(
      ({ far, moreSpeakers }) => t`FAR ${percent(far)}: too few trials: need ${moreSpeakers} more speakers`,
    )
    .join("\n");
}

function missingText(missing: readonly MissingKind[]): string {
  if (missing.length === 0) return "";
  const kinds = missing.map((one) => `  ${conditionsText(one)}: ${why(one)}`);
  return `${t`these conditions use the pooled thresholds, because they have too few trials:`}\n${kinds.join("\n")}`;
}

const why = ({ why: reason, genuineTrials, moreSpeakers }: MissingKind): string =>
  reason === "too_few"
    ? t`${genuineTrials} genuine trials: need ${moreSpeakers} more speakers`
    : t`genuine trials do not score higher than impostor trials`;

function comparisonText({ comparison }: CalibrationReport): string {
  const { candidate, active, decisions, against, trials } = comparison;
  const quality = ({ cllr, eer }: { cllr: number; eer: number }) =>
    `Cllr ${cllr.toFixed(3)}, EER ${percent(eer)}`;
  const how = candidate.crossValidated
    ? t`cross-validated`
    : t`measured on the speakers it was fitted on, so optimistic`;
  const counts = Object.entries(decisions.kinds).map(([kind, count]) => `${count} ${translated(kind)}`);
  const kinds = counts.length > 0 ? `: ${counts.join(", ")}` : "";
  return [
    t`compared with ${against}, which was active at the time, on the same ${trials} trials:`,
    t`  new     ${quality(candidate)} (${how})`,
    t`  active  ${active ? quality(active) : t`has no thresholds for this cohort`}`,
    t`  ${decisions.changed} of ${decisions.looked} past decisions would change` + kinds,
  ].join("\n");
}

/** Every calibration, active or not, with its thresholds at its default FAR. */
export const calibrationListText = (views: readonly CalibrationView[]): string =>
  table([
    ["", t`calibration`, t`created`, t`cohort`, t`thresholds`, t`source`],
    ...views.map((view) => [
      view.active ? "*" : "",
      view.id,
      view.createdAt ?? t`with the model`,
      view.fitsCohort ? t`active` : view.cohort,
      BANDWIDTHS.map((bandwidth) => defaultThreshold(view, bandwidth)).join(", "),
      translated(view.source),
    ]),
  ]);

function defaultThreshold(view: CalibrationView, bandwidth: Bandwidth): string {
  const method = methodOf(view);
  const table = (of: CalibrationTable["bandwidth"]) =>
    view.tables.find((one) => one.method === method && one.bucket === "any" && one.bandwidth === of);
  const found = table(bandwidth) ?? table("any");
  const point = found?.points.findLast(({ far }) => far <= view.defaultFar);
  return found && point
    ? t(
        "{} {} {} at {}",
        translated(bandwidth),
        found.thresholdsOn ?? method,
        point.threshold.toFixed(2),
        percent(point.far),
      )
    : t`${translated(bandwidth)} none`;
}

type Suggestion = NonNullable<NonNullable<CalibrationAdvice["labeled"]>["suggestion"]>;

/** What the labeled decisions suggest. */
export const suggestionText = ({ method, threshold, interval, errorRate, decided }: Suggestion): string =>
  t(
    "labeled decisions suggest {} {} ({} to {}), with {} of both errors; they were decided with FAR {} and FRR {}",
    method,
    ...[threshold, interval.low, interval.high].map((value) => value.toFixed(2)),
    percent(errorRate),
    percent(decided.far),
    percent(decided.frr),
  );
