import { badInput } from "./exit.ts";

/** One line of a list. `line` counts from 1. */
export type Trial = { line: number; target: boolean; enrolled: string; probe: string };

/**
 * text  lines `label path path`: label 1 (same speaker) or 0; separated by spaces, or by tabs where a line has any, so that
 *       paths with spaces can be written; empty lines are passed over
 * name  how messages call the list
 * Rejects the first line that is not a trial or repeats one, and a list with one label only.
 */
export function parseTrials(text: string, name: string): Trial[] {
  const seen = new Map<string, number>();
  const trials = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((content, i) => (content.trim() === "" ? [] : [parseLine(content, `${name}:${i + 1}`, i + 1)]));
  for (const { line, enrolled, probe } of trials) {
    const pair = `${enrolled}\t${probe}`;
    const before = seen.get(pair);
    if (before !== undefined)
      throw badInput(`${name}:${line}: repeats the trial of line ${before}; take one of the two lines out.`);
    seen.set(pair, line);
  }
  requireBothClasses(trials, name);
  return trials;
}

export function requireBothClasses(trials: readonly Trial[], name: string): void {
  if (trials.length === 0) throw badInput(`${name}: has no trials; each line is \`label path path\`.`);
  const targets = trials.filter(({ target }) => target).length;
  if (targets === 0 || targets === trials.length)
    throw badInput(
      `${name}: all ${trials.length} trials have label ${targets === 0 ? 0 : 1}; error rates need both 1 (same speaker) and 0.`,
    );
}

function parseLine(content: string, where: string, line: number): Trial {
  const fields = content.trim().split(content.includes("\t") ? /\t+/ : /\s+/);
  if (fields.length !== 3)
    throw badInput(
      `${where}: has ${fields.length} fields, not the three of \`label path path\`; separate by tabs if a path has spaces.`,
    );
  const [label, enrolled, probe] = fields.map((field) => field.trim());
  if (label !== "0" && label !== "1")
    throw badInput(`${where}: the label is "${label}"; it is 1 for the same speaker, 0 for two speakers.`);
  return { line, target: label === "1", enrolled, probe };
}
