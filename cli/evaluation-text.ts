import type { Evaluation } from "./evaluate.ts";
import { type MethodResult, TARGET_FARS } from "./method-result.ts";
import { percent, table } from "./print.ts";

export const SAME_DAY_NOTE =
  "Where a speaker's clips were recorded on one day, as nearly all dev speakers' were, an EER is lower than across months.";

/** Methods side by side, one measure a line. */
export function evaluationText({ list, targets, impostors, clips, results }: Evaluation): string {
  const fixed = (x: number | undefined, digits: number) => (x === undefined ? "-" : x.toFixed(digits));
  const line = (label: string, cell: (result: MethodResult) => string) => [label, ...results.map(cell)];
  const head = line("", ({ method }) => method);
  const rows = [
    line("EER %", (r) => fixed(r.eer * 100, 2)),
    line("  threshold", (r) => fixed(r.threshold, 4)),
    line("minDCF (prior 0.05)", (r) => fixed(r.minDcf05, 4)),
    line("  threshold", (r) => fixed(r.minDcf05Threshold, 4)),
    line("minDCF (prior 0.01)", (r) => fixed(r.minDcf01, 4)),
    line("  threshold", (r) => fixed(r.minDcf01Threshold, 4)),
    ...TARGET_FARS.filter((far) =>
      results.some(({ points }) => points.some((point) => point.far === far)),
    ).flatMap((far) => {
      const at = ({ points }: MethodResult) => points.find((point) => point.far === far);
      return [
        line(`threshold at FAR ${percent(far)}`, (r) => fixed(at(r)?.threshold, 4)),
        line("  FRR %", (r) => fixed(at(r) && at(r)!.frr * 100, 2)),
      ];
    }),
  ];
  const right = [false, ...results.map(() => true)];
  const counted = `${list}: ${targets} target and ${impostors} impostor trials of ${clips} clips`;
  return `${counted}\n${table([head, ...rows], right)}`;
}

/** One line a method; the first eight keys are fixed, more may follow. */
export function evaluationJson({ list, targets, impostors, results, excluded }: Evaluation): unknown[] {
  return results.map(({ method, eer, minDcf05, minDcf01, threshold, ...more }) => ({
    list,
    method,
    targets,
    impostors,
    eer,
    minDcf05,
    minDcf01,
    threshold,
    minDcf05Threshold: more.minDcf05Threshold ?? null,
    minDcf01Threshold: more.minDcf01Threshold ?? null,
    points: more.points.map(({ far, threshold, frr }) => ({ far, threshold, frr })),
    excludedClips: excluded.length,
  }));
}
