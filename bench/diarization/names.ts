import type { Turn } from "../../lib/diarize/error-rate.ts";
import { percent } from "./table.ts";

/** Seconds of speech by whether the speaker is enrolled, and what the system called it. */
export type Names = { enrolled: Named; strangers: Named };
type Named = { total: number; right: number; wrong: number };

const STEP = 0.05;

/**
 * Counts speech of one person at a time. `named`: the system's segments with a speaker's ID; speech
 * outside them has no name.
 */
export function namesIn(
  turns: readonly Turn[],
  named: readonly Turn[],
  enrolled: ReadonlySet<string>,
): Names {
  const none = () => ({ total: 0, right: 0, wrong: 0 });
  const names: Names = { enrolled: none(), strangers: none() };
  const end = Math.max(...turns.map((turn) => turn.end));
  const at = (all: readonly Turn[], time: number) =>
    all.filter((turn) => turn.start <= time && time < turn.end).map(({ speaker }) => speaker);
  for (let time = 0; time < end; time += STEP) {
    const [speaker, ...others] = at(turns, time);
    if (speaker === undefined || others.length > 0) continue;
    const counts = enrolled.has(speaker) ? names.enrolled : names.strangers;
    const [name] = at(named, time);
    counts.total += STEP;
    if (name === speaker) counts.right += STEP;
    else if (name !== undefined) counts.wrong += STEP;
  }
  return names;
}

export function namesTable(groups: ReadonlyMap<string, readonly Names[]>): string[] {
  const head = [
    "| conversations | enrolled: right name | no name | wrong name | strangers: no name | wrong name |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  const rows = [...groups].map(([group, all]) => {
    const sum = (who: keyof Names, what: keyof Named) =>
      all.reduce((total, names) => total + names[who][what], 0);
    const share = (who: keyof Names, what: keyof Named) => sum(who, what) / Math.max(sum(who, "total"), STEP);
    const [right, wrong] = [share("enrolled", "right"), share("enrolled", "wrong")];
    const taken = share("strangers", "wrong");
    const cells = [right, 1 - right - wrong, wrong, 1 - taken, taken].map(percent);
    return `| ${[group, ...cells].join(" | ")} |`;
  });
  return [...head, ...rows];
}
