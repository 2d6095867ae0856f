import type { BuiltCohort } from "../lib/domain/cohort/build.ts";
import type { CohortReport, CohortView, CohortWarning } from "../lib/schema/cohort.ts";
import { table } from "./print.ts";

const ADVICE: Record<CohortWarning, string> = {
  "few-voices": "fewer than 200 voices: add more, or mix in the bundled cohort (--bundled)",
  "near-duplicates":
    "some rows are likely one person: take one of each pair out, or give both clips one voice",
  "one-bandwidth": "nearly all voices are of one bandwidth: scores of the other are normalized badly",
  "one-language": "nearly all voices speak one language",
  "too-small-to-normalize": "too few voices are left for its topN: build it again",
  "voices-erased": "voices were erased from it: build it again when many were",
};

/** What a cohort is made of, and what to do about it. */
export function cohortText(view: CohortView & { report: CohortReport }): string {
  const { report } = view;
  const counts = (all: Readonly<Record<string, number>>) =>
    Object.entries(all)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`)
      .join(", ");
  const { spread, nearDuplicates } = report;
  const fixed = (x: number) => x.toFixed(3);
  const rows = [
    ["cohort", `${view.id}${view.active ? " (active)" : ""}${view.name ? `, ${view.name}` : ""}`],
    ["voices", `${view.size}, topN ${view.topN}${view.erased ? `, ${view.erased} erased` : ""}`],
    ["from", counts(report.sources)],
    ["languages", counts(report.languages)],
    ["bandwidths", counts(report.bandwidths)],
    [
      "cosines",
      spread
        ? `mean ${fixed(spread.mean)}, std ${fixed(spread.std)}, 95 % below ${fixed(spread.p95)}, highest ${fixed(spread.highest)}`
        : "none",
    ],
    ["likely twins", `${nearDuplicates.count} pairs above ${nearDuplicates.above}`],
    [
      "thresholds",
      view.calibrated ? "measured with it" : "none active: voiceroll calibrate --cohort measures them",
    ],
  ];
  const duplicateLines = nearDuplicates.pairs.map(({ a, b, cosine }) => `  ${fixed(cosine)}  ${a}  ${b}`);
  const warnings = report.warnings.map((warning) => `warning: ${ADVICE[warning]}`);
  return [table(rows), ...duplicateLines, ...warnings].join("\n");
}

export const leftText = ({ left }: Pick<BuiltCohort, "left">): string[] =>
  left.map(({ label, why }) => `left out: ${label}: ${why}`);

export function cohortListText(views: readonly CohortView[]): string {
  const head = ["", "cohort", "voices", "topN", "erased", "thresholds", "made", "name"];
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
