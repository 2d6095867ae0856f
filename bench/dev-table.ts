import type { Evaluation } from "../lib/evaluate/evaluation.ts";
import type { MethodResult } from "../lib/evaluate/measure-job.ts";
import { PRIORS } from "../lib/evaluate/measures.ts";
import { METHOD_NAMES, type MeasuredMethod } from "../lib/evaluate/methods.ts";
import type { PartResult } from "../lib/evaluate/results.ts";
import type { Interval } from "../lib/score/rates/interval.ts";

/**
 * A system's evaluations, of the same lists in the same order as the other columns, and the method
 * to show.
 */
export type Column = { evaluations: readonly Evaluation[]; method: MeasuredMethod };

const SHOWN = [0, 1] as const;
const BUCKETS: Record<string, string> = {
  "1-2s": "1-2 s",
  "2-4s": "2-4 s",
  "4-8s": "4-8 s",
  "8s+": "over 8 s",
};

/**
 * Returns a Markdown table with one row per list and part, and one column per system. A cell has
 * the EER in % and minDCF, each with its 95 % interval.
 */
export function devTable(columns: readonly Column[]): string {
  const head = [
    "list",
    "part",
    "target / impostor trials",
    "speakers",
    ...columns.map(({ evaluations, method }) => `${evaluations[0].system}, ${METHOD_NAMES[method]}`),
  ];
  const rows = columns[0].evaluations.flatMap(({ list, parts }, i) =>
    parts
      .filter(isShown)
      .map((part) => [
        list,
        part.condition === "duration" ? (BUCKETS[part.value] ?? part.value) : part.value,
        `${part.targets} / ${part.impostors}`,
        String(part.speakers),
        ...columns.map(({ evaluations, method }) => cell(samePart(evaluations[i].parts, part), method)),
      ]),
  );
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export const LEGEND =
  `Each cell has the EER in %, then minDCF at a target prior of ${SHOWN.map((p) => PRIORS[p]).join(" and of ")}, ` +
  "each with its 95 % bootstrap interval over speakers. A dash means too few speakers, or trials of one class " +
  "only. Parts by duration use the net speech of the shorter side.";

const isShown = ({ condition }: PartResult) => ["all", "duration", "gender"].includes(condition);

const samePart = (parts: readonly PartResult[], { condition, value }: PartResult) =>
  parts.find((part) => part.condition === condition && part.value === value);

function cell(part: PartResult | undefined, method: MeasuredMethod): string {
  const result = part?.results.find((one) => one.method === method);
  return result?.measures ? figures(result, result.measures).join("<br>") : "-";
}

const figures = ({ intervals }: MethodResult, { eer, minDcf }: NonNullable<MethodResult["measures"]>) => [
  figure(eer, intervals?.eer, 100, 1),
  ...SHOWN.map((p) => figure(minDcf[p].minDcf, intervals?.minDcf[p], 1, 2)),
];

function figure(x: number, interval: Interval | undefined, scale: number, digits: number): string {
  const show = (value: number) => (value * scale).toFixed(digits);
  return `${show(x)} [${interval ? `${show(interval.low)}, ${show(interval.high)}` : "-"}]`;
}
