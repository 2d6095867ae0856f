import { badInput } from "../input-file.ts";
import { disjointSets } from "./disjoint-sets.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import { memoize } from "./memoize.ts";
import type { Trial } from "./trial-list.ts";

/** The speakers of the two sides of each trial, [T] indices from 0 to count - 1. */
export type TrialSpeakers = { enrolled: Int32Array; probe: Int32Array; count: number };

/**
 * Finds the speaker on each side of each trial. Two clips belong to one speaker if the clip table
 * says so, if they are enrolled under one model, or if a trial with label 1 joins them. A clip that
 * nothing joins counts as a speaker of its own.
 *
 * speakerOf  a clip's speaker in the clip table; undefined if the table doesn't have one
 * Throws at the first trial whose label contradicts this.
 */
export function speakersOf(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  speakerOf: (path: string) => string | undefined,
  names: { list: string; enroll: string | undefined },
): TrialSpeakers {
  const groups = disjointSets();
  const tableSpeaker = memoize((path: string) => {
    const speaker = speakerOf(path);
    if (speaker !== undefined) groups.join(`clip ${path}`, `speaker ${speaker}`);
    return speaker;
  });
  joinModels(models, groups, tableSpeaker, names.enroll ?? names.list);
  const enrolledClip = ({ enrolled }: Trial) => models.get(enrolled)?.paths[0] ?? enrolled;
  for (const trial of trials) {
    const enrolledSpeaker = tableSpeaker(enrolledClip(trial));
    const probeSpeaker = tableSpeaker(trial.probe);
    const known = enrolledSpeaker !== undefined && probeSpeaker !== undefined;
    if (known && (enrolledSpeaker === probeSpeaker) !== trial.target)
      throw badInput(
        `${names.list}:${trial.line}: The label is ${Number(trial.target)}, but according to the clip table ` +
          `the speakers are ${enrolledSpeaker} and ${probeSpeaker}. Correct one of the two.`,
      );
    if (trial.target) groups.join(`clip ${enrolledClip(trial)}`, `clip ${trial.probe}`);
  }
  return numbered(trials, enrolledClip, groups.find, names.list);
}

type Groups = ReturnType<typeof disjointSets>;

function joinModels(
  models: ReadonlyMap<string, EnrolledModel>,
  groups: Groups,
  tableSpeaker: (path: string) => string | undefined,
  list: string,
): void {
  for (const { paths, line } of models.values()) {
    const speakers = new Set(paths.flatMap((path) => tableSpeaker(path) ?? []));
    if (speakers.size > 1)
      throw badInput(
        `${list}:${line}: These clips are enrolled as one speaker, but according to the clip table they ` +
          `belong to ${[...speakers].join(" and ")}. Correct one of the two.`,
      );
    for (const path of paths) groups.join(`clip ${paths[0]}`, `clip ${path}`);
  }
}

function numbered(
  trials: readonly Trial[],
  enrolledClip: (trial: Trial) => string,
  find: Groups["find"],
  list: string,
): TrialSpeakers {
  const indices = new Map<string, number>();
  const indexOf = memoize((path: string) => {
    const speaker = find(`clip ${path}`);
    const index = indices.get(speaker) ?? indices.size;
    indices.set(speaker, index);
    return index;
  });
  const enrolled = Int32Array.from(trials, (trial) => indexOf(enrolledClip(trial)));
  const probe = Int32Array.from(trials, (trial) => indexOf(trial.probe));
  const contradicted = trials.find(({ target }, t) => !target && enrolled[t] === probe[t]);
  if (contradicted)
    throw badInput(
      `${list}:${contradicted.line}: The label is 0, but other lines make ${contradicted.enrolled} and ` +
        `${contradicted.probe} one speaker. Correct the wrong label.`,
    );
  return { enrolled, probe, count: indices.size };
}
