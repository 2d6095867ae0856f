import { badInput } from "../input-file.ts";
import { disjointSets } from "./disjoint-sets.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import { oncePer } from "./once-per.ts";
import type { Trial } from "./trial-list.ts";

/** [T] each: whose clips the two sides are, as indices from 0 to count - 1. */
export type TrialSpeakers = { enrolled: Int32Array; probe: Int32Array; count: number };

/**
 * Who speaks on either side of each trial. Clips are one speaker's where the clip table says so, where they are enrolled under one
 * model, and where a trial has label 1; whoever is joined by nothing counts as a speaker of his own.
 *
 * named  the speaker of a clip by the table; undefined where it does not say
 * Rejects the first trial whose label contradicts that.
 */
export function speakersOf(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  named: (path: string) => string | undefined,
  names: { list: string; enroll: string | undefined },
): TrialSpeakers {
  const joined = disjointSets();
  const known = oncePer((path: string) => {
    const speaker = named(path);
    if (speaker !== undefined) joined.join(`clip ${path}`, `speaker ${speaker}`);
    return speaker;
  });
  for (const { paths, line } of models.values()) {
    const speakers = new Set(paths.flatMap((path) => known(path) ?? []));
    if (speakers.size > 1)
      throw badInput(
        `${names.enroll ?? names.list}:${line}: enrolls clips of ${[...speakers].join(" and ")} as one speaker, by the clip table; correct one of the two.`,
      );
    for (const path of paths) joined.join(`clip ${paths[0]}`, `clip ${path}`);
  }
  const first = ({ enrolled }: Trial) => models.get(enrolled)?.paths[0] ?? enrolled;
  for (const trial of trials) {
    const [a, b] = [known(first(trial)), known(trial.probe)];
    if (a !== undefined && b !== undefined && (a === b) !== trial.target)
      throw badInput(
        `${names.list}:${trial.line}: the label is ${Number(trial.target)}, but by the clip table the speakers are ${a} and ${b}; correct one of the two.`,
      );
    if (trial.target) joined.join(`clip ${first(trial)}`, `clip ${trial.probe}`);
  }
  const indices = new Map<string, number>();
  const indexOf = oncePer((path: string) => {
    const speaker = joined.find(`clip ${path}`);
    const index = indices.get(speaker) ?? indices.size;
    indices.set(speaker, index);
    return index;
  });
  const enrolled = Int32Array.from(trials, (trial) => indexOf(first(trial)));
  const probe = Int32Array.from(trials, (trial) => indexOf(trial.probe));
  const wrong = trials.find(({ target }, t) => !target && enrolled[t] === probe[t]);
  if (wrong)
    throw badInput(
      `${names.list}:${wrong.line}: the label is 0, but other lines make ${wrong.enrolled} and ${wrong.probe} one speaker; correct the wrong label.`,
    );
  return { enrolled, probe, count: indices.size };
}
