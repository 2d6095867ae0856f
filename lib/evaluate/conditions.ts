import { bucketOf } from "../score/scoring/calibration.ts";
import type { TrialConditions } from "../score/scoring/types.ts";
import type { ClipFacts, ClipTable } from "./clip-table.ts";

/** Trials that are alike in one respect. `trials`: their indices. */
export type Part = { condition: string; value: string; trials: Int32Array };

export const ALL = "all";

/** One trial as conditions see it. `heard`: undefined in scored lists. */
export type Described = {
  target: boolean;
  clipConditions: TrialConditions | undefined;
  enrolled: ClipFacts | undefined;
  probe: ClipFacts | undefined;
};

const DURATIONS: readonly string[] = ["1-2s", "2-4s", "4-8s", "8s+"];
/** Columns of the clip table by whose values trials are told apart, as they are. */
const COLUMNS = ["language", "gender"] as const;

/**
 * The whole list, then its parts by duration, bandwidth, session, language and gender, as far as they are known and there are two
 * values at least. A session belongs to one speaker: genuine trials are parted by it, and every impostor trial counts in either part.
 */
export function partsOf(trials: readonly Described[], table: ClipTable | undefined): Part[] {
  const parts = (
    condition: string,
    valueFor: (trial: Described) => string | undefined,
    order?: readonly string[],
  ) => partsBy(trials, condition, valueFor, order);
  return [
    { condition: ALL, value: ALL, trials: Int32Array.from(trials.keys()) },
    ...parts(
      "duration",
      ({ clipConditions }) => clipConditions && bucketOf(clipConditions.seconds),
      DURATIONS,
    ),
    ...parts("bandwidth", ({ clipConditions }) => clipConditions?.bandwidth),
    ...(table?.columns.includes("session") ? sessionParts(trials) : []),
    ...COLUMNS.filter((column) => table?.columns.includes(column)).flatMap((column) =>
      parts(column, ({ enrolled, probe }) => pairOf(enrolled?.[column], probe?.[column])),
    ),
  ];
}

function partsBy(
  trials: readonly Described[],
  condition: string,
  valueFor: (trial: Described) => string | undefined,
  order: readonly string[] = [],
): Part[] {
  const found = new Map<string, number[]>();
  for (const [t, trial] of trials.entries()) {
    const value = valueFor(trial) ?? "unknown";
    const members = found.get(value);
    if (members) members.push(t);
    else found.set(value, [t]);
  }
  if (found.size < 2) return [];
  const rank = (value: string) => order.indexOf(value);
  return [...found]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([value, members]) => ({ condition, value, trials: Int32Array.from(members) }));
}

function sessionParts(trials: readonly Described[]): Part[] {
  const sessionOf = ({ target, enrolled, probe }: Described) => {
    if (!target) return "impostor";
    const [a, b] = [enrolled?.session, probe?.session];
    if (a === undefined || b === undefined) return "unknown";
    return a === b ? "same" : "different";
  };
  const parts = partsBy(trials, "session", sessionOf);
  const impostors = parts.find(({ value }) => value === "impostor");
  const genuine = parts.filter((part) => part !== impostors);
  if (!impostors || genuine.every(({ value }) => value === "unknown")) return [];
  return genuine.map(({ condition, value, trials: some }) => ({
    condition,
    value,
    trials: Int32Array.from([...some, ...impostors.trials]),
  }));
}

/** "en" where both sides have it, "en / zh" where they differ, whichever side has which. */
function pairOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a === b ? a : [a, b].sort().join(" / ");
}
