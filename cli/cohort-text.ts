import type { BuiltCohort } from "../lib/domain/cohort/build.ts";
import type { CohortReport, CohortView, CohortWarning } from "../lib/schema/cohort.ts";
import { table } from "./print.ts";

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
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
  const { spread, nearDuplicates } = report;
  const fixed = (x: number) => x.toFixed(3);
  const rows = [
    ["cohort", `${view.id}${view.active ? " (active)" : ""}${view.name ? `, ${view.name}` : ""}`],
    ["voices", `${view.size}, topN ${view.topN}${view.erased ? `, ${view.erased} erased` : ""}`],
    ["sources", counts(report.sources)],
    ["languages", counts(report.languages)],
    ["bandwidths", counts(report.bandwidths)],
    [
      "cosines",
      spread
        ? `mean ${fixed(spread.mean)}, std ${fixed(spread.std)}, ` +
          `95 % below ${fixed(spread.p95)}, highest ${fixed(spread.highest)}`
        : "none",
    ],
    ["likely duplicates", `${nearDuplicates.count} pairs above ${nearDuplicates.above}`],
    [
      "thresholds",
      view.calibrated ? "measured with this cohort" : "none; measure them with voiceroll calibrate --cohort",
    ],
  ];
  const duplicateLines = nearDuplicates.pairs.map(({ a, b, cosine }) => `  ${fixed(cosine)}  ${a}  ${b}`);
  const warnings = report.warnings.map((warning) => `warning: ${ADVICE[warning]}`);
  return [table(rows), ...duplicateLines, ...warnings].join("\n");
}

export const skippedLines = ({ left }: Pick<BuiltCohort, "left">): string[] =>
  left.map(({ label, why }) => `skipped: ${label}: ${why}`);

export function cohortListText(views: readonly CohortView[]): string {
  const head = ["", "cohort", "voices", "topN", "erased", "thresholds", "created", "name"];
  const rows = views.map((view) => [
    view.active ? "*" : "",
    view.id,
    String(view.size),
    String(view.topN),
    String(view.erased),
    view.calibrated ? "yes" : "no",
    view.createdAt ?? "with the model",
    view.name ?? "",
  ]);
  return table([head, ...rows], [false, false, true, true, true, false, false, false]);
}
