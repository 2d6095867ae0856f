import type { Comparison } from "../../lib/diarize/error-rate.ts";
import type { Overlaps } from "./overlaps.ts";

/** What one system did with one conversation. */
export type Result = {
  system: string;
  group: string;
  /** By collar: 0.25 s, and none. */
  collar: Comparison;
  none: Comparison;
  overlaps: Overlaps;
  people: number;
  found: number;
};

/**
 * DER, its parts and JER in percent; parts with a collar of 0.25 s. Then how much of the overlaps
 * that a system found are some (precision), and how much of all overlaps it found (recall).
 */
export function errorTable(results: readonly Result[]): string[] {
  const head = [
    "| conversations | system | DER | missed | false | confused | DER, no collar | JER | people right | " +
      "overlaps right | overlaps found |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  const groups = Map.groupBy(results, ({ group }) => group);
  const rows = [...groups, ["all", results] as const].flatMap(([group, own]) =>
    [...Map.groupBy(own, ({ system }) => system)].map(([system, some]) => row(group, system, some)),
  );
  return [...head, ...rows];
}

function row(group: string, system: string, results: readonly Result[]): string {
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const total = sum(({ collar }) => collar.total);
  const share = (of: (result: Result) => number) => percent(sum(of) / total);
  const errors = ({ missed, false: wrong, confused }: Comparison) => missed + wrong + confused;
  return `| ${[
    `${group} (${results.length})`,
    system,
    share(({ collar }) => errors(collar)),
    share(({ collar }) => collar.missed),
    share(({ collar }) => collar.false),
    share(({ collar }) => collar.confused),
    percent(sum(({ none }) => errors(none)) / sum(({ none }) => none.total)),
    percent(sum(({ none }) => none.jer) / results.length),
    percent(sum(({ people, found }) => (people === found ? 1 : 0)) / results.length),
    shareOf(
      sum(({ overlaps }) => overlaps.right),
      sum(({ overlaps }) => overlaps.found),
    ),
    shareOf(
      sum(({ overlaps }) => overlaps.right),
      sum(({ overlaps }) => overlaps.true),
    ),
  ].join(" | ")} |`;
}

const shareOf = (part: number, whole: number): string => (whole > 0 ? percent(part / whole) : "");

export const percent = (share: number): string => (100 * share).toFixed(1);
