import { badInput } from "../input-file.ts";

/** One line of a trial list. `line` counts from 1. `score`: in scored lists only. */
export type Trial = { line: number; target: boolean; enrolled: string; probe: string; score?: number };

const SHAPES = { clips: "label path path", scored: "label path path score" } as const;
type ListKind = keyof typeof SHAPES;

/**
 * Parses lines `label path path`. Label 1 means the same speaker, 0 different speakers. Also takes
 * Kaldi's lines, `path path target` or `path path nontarget`. Fields are separated by spaces, or by
 * tabs in a line that has any, so that paths may contain spaces. Empty lines are skipped.
 *
 * name  the list's name in messages
 * kind  "scored": each line ends with a finite score of some other system
 * Throws at the first line that is invalid or repeats a trial, and if all labels are equal.
 */
export function parseTrials(text: string, name: string, kind: ListKind = "clips"): Trial[] {
  const lineOfPair = new Map<string, number>();
  const trials = filledLines(text).map(({ content, line }) =>
    parseLine(content, `${name}:${line}`, line, kind),
  );
  for (const { line, enrolled, probe } of trials) {
    const pair = `${enrolled}\t${probe}`;
    const earlier = lineOfPair.get(pair);
    if (earlier !== undefined)
      throw badInput(`${name}:${line}: The trial repeats line ${earlier}. Remove one of the two lines.`);
    lineOfPair.set(pair, line);
  }
  requireBothClasses(trials, name);
  return trials;
}

/** Throws unless the trials have both labels. */
export function requireBothClasses(trials: readonly Trial[], name: string): void {
  if (trials.length === 0)
    throw badInput(`${name}: The list has no trials. Each line is \`label path path\`.`);
  const targets = trials.filter(({ target }) => target).length;
  if (targets === 0 || targets === trials.length)
    throw badInput(
      `${name}: All ${trials.length} trials have label ${targets === 0 ? 0 : 1}. ` +
        "Error rates need both 1 (same speaker) and 0 (different speakers).",
    );
}

/**
 * Returns the lines that are not empty, numbered from 1, without a byte-order mark or carriage
 * returns.
 */
export function filledLines(text: string): { content: string; line: number }[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((content, i) => (content.trim() === "" ? [] : [{ content, line: i + 1 }]));
}

/**
 * Splits a line at its tabs if it has any, so that paths may contain spaces. Otherwise splits at
 * spaces.
 */
export const fieldsOf = (content: string): string[] =>
  content
    .trim()
    .split(content.includes("\t") ? /\t+/ : /\s+/)
    .map((field) => field.trim());

const KALDI_LABELS: Readonly<Record<string, string>> = { target: "1", nontarget: "0" };

/**
 * Kaldi's lists have the label behind the two sides. A line that starts with 0 or 1 isn't Kaldi's.
 */
function withLabelFirst(fields: readonly string[]): readonly string[] {
  const [enrolled, probe, word = "", ...rest] = fields;
  const label = Object.hasOwn(KALDI_LABELS, word) ? KALDI_LABELS[word] : undefined;
  if (label === undefined || enrolled === undefined || probe === undefined) return fields;
  if (enrolled === "0" || enrolled === "1") return fields;
  return [label, enrolled, probe, ...rest];
}

function parseLine(content: string, where: string, line: number, kind: ListKind): Trial {
  const fields = withLabelFirst(fieldsOf(content));
  const [label, enrolled, probe, score] = fields;
  const count = kind === "scored" ? 4 : 3;
  if (fields.length !== count || enrolled === undefined || probe === undefined)
    throw badInput(
      `${where}: The line has ${fields.length} fields. Write \`${SHAPES[kind]}\`, ` +
        "separated by tabs if a path contains spaces.",
    );
  if (label !== "0" && label !== "1")
    throw badInput(`${where}: The label is "${label}". Use 1 (same speaker) or 0 (different speakers).`);
  const trial = { line, target: label === "1", enrolled, probe };
  if (score === undefined) return trial;
  if (score === "" || !Number.isFinite(Number(score)))
    throw badInput(`${where}: The score is "${score}". It must be a finite number.`);
  return { ...trial, score: Number(score) };
}
