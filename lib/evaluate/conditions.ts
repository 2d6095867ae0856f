import { bucketOf } from "../score/scoring/calibration.ts";
import type { TrialConditions } from "../score/scoring/types.ts";
import { DURATION_BUCKETS } from "../score/scoring/types.ts";
import type { ClipFacts, ClipTable } from "./clip-table.ts";

/** Trials that share one condition, as indices into the list. */
export type Part = { condition: string; value: string; trials: Int32Array };

export const ALL = "all";

/** What is known about one trial. `clipConditions` is undefined in scored lists. */
export type TrialDescription = {
  target: boolean;
  clipConditions: TrialConditions | undefined;
  enrolled: ClipFacts | undefined;
  probe: ClipFacts | undefined;
};

const DURATIONS: readonly string[] = DURATION_BUCKETS;
/** Columns of the clip table that split trials by their plain values. */
const COLUMNS = ["language", "gender"] as const;

/**
 * Returns the whole list, then its parts by duration, bandwidth, session, language and gender. A
 * condition is left out if it is unknown or has fewer than two values.
 */
export function partsOf(
  trials: readonly TrialDescription[],
  table: ClipTable | undefined,
): [Part, ...Part[]] {
  return [
    { condition: ALL, value: ALL, trials: Int32Array.from(trials.keys()) },
    ...partsBy(trials, "duration", durationOf, DURATIONS),
    ...partsBy(trials, "bandwidth", ({ clipConditions }) => clipConditions?.bandwidth),
    ...(table?.columns.includes("session") ? sessionParts(trials) : []),
    ...COLUMNS.filter((column) => table?.columns.includes(column)).flatMap((column) =>
      partsBy(trials, column, ({ enrolled, probe }) => pairOf(enrolled?.[column], probe?.[column])),
    ),
  ];
}

const durationOf = ({ clipConditions }: TrialDescription) =>
  clipConditions && bucketOf(clipConditions.seconds);

function partsBy(
  trials: readonly TrialDescription[],
  condition: string,
  valueFor: (trial: TrialDescription) => string | undefined,
  order: readonly string[] = [],
): Part[] {
  const byValue = new Map<string, number[]>();
  for (const [t, trial] of trials.entries()) {
    const value = valueFor(trial) ?? "unknown";
    const members = byValue.get(value);
    if (members) members.push(t);
    else byValue.set(value, [t]);
  }
  if (byValue.size < 2) return [];
  const rank = (value: string) => order.indexOf(value);
  return [...byValue]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([value, members]) => ({ condition, value, trials: Int32Array.from(members) }));
}

/**
 * Splits target trials by session. A session belongs to one speaker, so each part gets every
 * impostor trial.
 */
function sessionParts(trials: readonly TrialDescription[]): Part[] {
  const sessionOf = ({ target, enrolled, probe }: TrialDescription) => {
    if (!target) return "impostor";
    const enrolledSession = enrolled?.session;
    const probeSession = probe?.session;
    if (enrolledSession === undefined || probeSession === undefined) return "unknown";
    return enrolledSession === probeSession ? "same" : "different";
  };
  const parts = partsBy(trials, "session", sessionOf);
  const impostors = parts.find(({ value }) => value === "impostor");
  const targets = parts.filter((part) => part !== impostors);
  if (!impostors || targets.every(({ value }) => value === "unknown")) return [];
  return targets.map((part) => ({
    ...part,
    trials: Int32Array.from([...part.trials, ...impostors.trials]),
  }));
}

/** Returns "en" if both sides have it, "en / zh" if they differ in either order. */
function pairOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a === b ? a : [a, b].sort().join(" / ");
}
