import { badInput } from "../input-file.ts";
import { fieldsOf, filledLines, type Trial } from "./trial-list.ts";

/** What stands on a trial's enrolled side: a voiceprint of one clip or more. `line`: where it is defined. */
export type EnrolledModel = { line: number; paths: readonly string[] };

/**
 * text  lines `model path...`: a name that trials use, and the clips that are enrolled under it; separated as in a trial list
 * name  how messages call the list
 * Rejects the first line without a path, with a path twice, or of a model that an earlier line has.
 */
export function parseEnrollments(text: string, name: string): Map<string, EnrolledModel> {
  const models = new Map<string, EnrolledModel>();
  for (const { content, line } of filledLines(text)) {
    const [model, ...paths] = fieldsOf(content);
    const where = `${name}:${line}`;
    if (paths.length === 0) throw badInput(`${where}: names no clip; each line is \`model path...\`.`);
    const twice = paths.find((path, i) => paths.indexOf(path) !== i);
    if (twice) throw badInput(`${where}: names ${twice} twice; take one out.`);
    const before = models.get(model);
    if (before)
      throw badInput(
        `${where}: ${model} is enrolled on line ${before.line} already; put all its clips on one line.`,
      );
    models.set(model, { line, paths });
  }
  if (models.size === 0) throw badInput(`${name}: has no models; each line is \`model path...\`.`);
  return models;
}

/** Without an enrollment list every enrolled side is the one clip that the trial names. */
export function singleClips(trials: readonly Trial[]): Map<string, EnrolledModel> {
  const models = new Map<string, EnrolledModel>();
  for (const { enrolled, line } of trials)
    if (!models.has(enrolled)) models.set(enrolled, { line, paths: [enrolled] });
  return models;
}

/** Rejects the first trial whose enrolled side is not in the enrollment list. */
export function requireModels(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  names: { list: string; enroll: string },
): void {
  for (const { enrolled, line } of trials)
    if (!models.has(enrolled))
      throw badInput(
        `${names.list}:${line}: ${enrolled} is not enrolled in ${names.enroll}; add a line for it.`,
      );
}
