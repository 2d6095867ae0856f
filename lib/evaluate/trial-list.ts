import { badInput } from "../input-file.ts";

/** One line of a list. `line` counts from 1. `score`: in scored lists only. */
export type Trial = { line: number; target: boolean; enrolled: string; probe: string; score?: number };

const SHAPES = { clips: "label path path", scored: "label path path score" } as const;

/**
 * text  lines `label path path`: label 1 (same speaker) or 0; separated by spaces, or by tabs where a line has any, so that
 *       paths with spaces can be written; empty lines are passed over
 * name  how messages call the list
 * kind  "scored": each line ends with a finite score that some other system gave
 * Rejects the first line that is not a trial or repeats one, and a list with one label only.
 */
export function parseTrials(text: string, name: string, kind: keyof typeof SHAPES = "clips"): Trial[] {
  const seen = new Map<string, number>();
  const trials = filledLines(text).map(({ content, line }) =>
    parseLine(content, `${name}:${line}`, line, SHAPES[kind]),
  );
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

/** Lines that hold something, with their numbers from 1; without byte-order mark and Windows line ends. */
export function filledLines(text: string): { content: string; line: number }[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((content, i) => (content.trim() === "" ? [] : [{ content, line: i + 1 }]));
}

/** By tabs where the line has any, so that paths may hold spaces; else by spaces. */
export const fieldsOf = (content: string): string[] =>
  content
    .trim()
    .split(content.includes("\t") ? /\t+/ : /\s+/)
    .map((field) => field.trim());

function parseLine(content: string, where: string, line: number, shape: string): Trial {
  const fields = fieldsOf(content);
  const wanted = shape.split(" ").length;
  if (fields.length !== wanted)
    throw badInput(
      `${where}: has ${fields.length} fields, not the ${wanted === 3 ? "three" : "four"} of \`${shape}\`; separate by tabs if a path has spaces.`,
    );
  const [label, enrolled, probe, score] = fields;
  if (label !== "0" && label !== "1")
    throw badInput(`${where}: the label is "${label}"; it is 1 for the same speaker, 0 for two speakers.`);
  const trial = { line, target: label === "1", enrolled, probe };
  if (score === undefined) return trial;
  if (score === "" || !Number.isFinite(Number(score)))
    throw badInput(`${where}: the score is "${score}"; it has to be a finite number.`);
  return { ...trial, score: Number(score) };
}
