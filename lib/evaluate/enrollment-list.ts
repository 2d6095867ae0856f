import { badInput } from "../input-file.ts";
import { fieldsOf, filledLines, type Trial } from "./trial-list.ts";

/**
 * The clips behind a trial's enrolled side, at least one. `line`: where they are listed, from 1.
 */
export type EnrolledModel = { line: number; paths: readonly string[] };

/**
 * Parses lines `model path...`: a name that trials use, and the clips that are enrolled under it.
 *
 * text  fields are separated as in a trial list
 * name  the list's name in messages
 * Throws at the first line that has no path, has one path twice, or repeats a model.
 */
export function parseEnrollments(text: string, name: string): Map<string, EnrolledModel> {
  const models = new Map<string, EnrolledModel>();
  for (const { content, line } of filledLines(text)) {
    const [model = "", ...paths] = fieldsOf(content);
    const where = `${name}:${line}`;
    if (paths.length === 0) throw badInput(`${where}: The line has no path. Write \`model path...\`.`);
    const repeated = paths.find((path, i) => paths.indexOf(path) !== i);
    if (repeated) throw badInput(`${where}: ${repeated} appears twice. Remove one.`);
    const earlier = models.get(model);
    if (earlier)
      throw badInput(
        `${where}: ${model} is already enrolled on line ${earlier.line}. Put all its clips on one line.`,
      );
    models.set(model, { line, paths });
  }
  if (models.size === 0) throw badInput(`${name}: The list is empty. Each line is \`model path...\`.`);
  return models;
}

/**
 * Returns the enrolled sides of a list without enrollments: each is the one clip that the trial
 * names.
 */
export function singleClips(trials: readonly Trial[]): Map<string, EnrolledModel> {
  const models = new Map<string, EnrolledModel>();
  for (const { enrolled, line } of trials)
    if (!models.has(enrolled)) models.set(enrolled, { line, paths: [enrolled] });
  return models;
}

/** Throws at the first trial whose enrolled side is not in the enrollment list. */
export function requireModels(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  names: { list: string; enroll: string },
): void {
  for (const { enrolled, line } of trials)
    if (!models.has(enrolled))
      throw badInput(
        `${names.list}:${line}: ${enrolled} is not enrolled in ${names.enroll}. Add a line for it.`,
      );
}
