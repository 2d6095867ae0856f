import type { BuiltCohort } from "../lib/domain/cohort/build.ts";
import type { CalibrationView } from "../lib/schema/calibration.ts";
import type { CohortReport, CohortView, CohortWarning } from "../lib/schema/cohort.ts";
import { table } from "./print.ts";
import { t, translated } from "./text/language.ts";

const ADVICE: Record<CohortWarning, string> = {
  "few-voices": "it has fewer than 200 voices: add more, or include the bundled cohort (--bundled)",
  "near-duplicates":
    "some voices are likely one person: remove one of each pair, or label both clips as one voice",
  "one-bandwidth":
    "nearly all voices have one bandwidth: scores of the other bandwidth are normalized poorly",
  "one-language": "nearly all voices speak one language",
  "too-small-to-normalize": "too few voices remain for its topN: rebuild it",
  "voices-erased": "voices were erased from it: rebuild it if there were many",
};

/** Describes a cohort, with a warning for each problem. */
export function cohortText(view: CohortView & { report: CohortReport }): string {
  const { report } = view;
  const counts = (all: Readonly<Record<string, number>>) =>
    Object.entries(all)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${translated(name)}`)
      .join(", ");
  const { spread, nearDuplicates } = report;
  const fixed = (x: number) => x.toFixed(3);
  const rows = [
    [t`cohort`, `${view.active ? t`${view.id} (active)` : view.id}${view.name ? `, ${view.name}` : ""}`],
    [t`voices`, `${view.size}, topN ${view.topN}${view.erased ? t`, ${view.erased} erased` : ""}`],
    [t`sources`, counts(report.sources)],
    [t`languages`, counts(report.languages)],
    [t`bandwidths`, counts(report.bandwidths)],
    [
      t`cosines`,
      spread
        ? t(
            "mean {}, std {}, 95 % below {}, highest {}",
            ...[spread.mean, spread.std, spread.p95, spread.highest].map(fixed),
          )
        : t`none`,
    ],
    [t`likely duplicates`, t`${nearDuplicates.count} pairs above ${nearDuplicates.above}`],
    [
      t`thresholds`,
      view.calibrated
        ? t`those in force hold with this cohort`
        : t`those in force don't hold with this cohort; measure them with voiceroll calibrate --cohort`,
    ],
  ];
  const duplicateLines = nearDuplicates.pairs.map(({ a, b, cosine }) => `  ${fixed(cosine)}  ${a}  ${b}`);
  const warnings = report.warnings.map((warning) => t`warning: ${translated(ADVICE[warning])}`);
  return [table(rows), ...duplicateLines, ...warnings].join("\n");
}

export const skippedLines = ({ left }: Pick<BuiltCohort, "left">): string[] =>
  left.map(({ label, why }) => t`skipped: ${label}: ${translated(why)}`);

/** `thresholds`: the calibrations that were fitted with each cohort, active or not. */
export function cohortListText(
  views: readonly CohortView[],
  calibrations: readonly Pick<CalibrationView, "active" | "cohort" | "id">[],
): string {
  const head = ["", t`cohort`, t`voices`, "topN", t`erased`, t`thresholds`, t`created`, t`name`];
  const fittedWith = (cohort: CohortView) =>
    calibrations.filter((one) => one.cohort === cohort.id).map(({ id, active }) => (active ? `${id}*` : id));
  const rows = views.map((view) => [
    view.active ? "*" : "",
    view.id,
    String(view.size),
    String(view.topN),
    String(view.erased),
    fittedWith(view).join(" ") || t`none`,
    view.createdAt ?? t`with the model`,
    view.name ?? "",
  ]);
  return table([head, ...rows], [false, false, true, true, true, false, false, false]);
}
