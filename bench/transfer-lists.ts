import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { knownTrial } from "../lib/domain/calibration/trials.ts";
import { parseTrials } from "../lib/evaluate/trial-list.ts";
import type { KnownTrial } from "../lib/score/fit/fit.ts";
import type { Cohort } from "../lib/score/scoring/types.ts";
import type { wholeClips } from "../models/build/condition-pieces.ts";
import { sideOf } from "../models/build/condition-trials.ts";
import { bySpeaker } from "../models/build/corpus.ts";

/** Trials of a development list with voiceprints of so many clips. */
export type TransferList = { name: string; clips: string; trials: readonly KnownTrial[] };
type Clip = Awaited<ReturnType<typeof wholeClips>>[number];

const LISTS = ["alnum", "dsp20", "hyke-speech", "so762"];
/** Two labels that are one person, as two unrelated encoders hear it. */
const ONE_PERSON = new Set(["alnum-0033", "alnum-0034"]);
const VOICEPRINTS = [3, 7];

/**
 * Returns the trials of every development list: the list itself, single clip against single clip,
 * and voiceprints of each speaker's first three and seven clips against all later clips of the
 * list's speakers. Where a speaker has too few clips for three, all but the last are enrolled.
 */
export async function transferLists(clips: readonly Clip[], speech: string, cohort: Cohort) {
  const root = join(speech, "dev");
  const lists: TransferList[] = [];
  for (const name of LISTS) {
    const file = join(root, "trials", `${name}.txt`);
    const listed = parseTrials(await readFile(file, "utf8"), file);
    const [corpus] = name.split("-");
    const own = clips.filter((clip) => clip.corpus === corpus);
    lists.push({ name, clips: "1", trials: singles(own, listed, root, cohort) });
    for (const count of VOICEPRINTS) {
      const enrolled = enrolledTrials(own, count, cohort);
      if (enrolled) lists.push({ name, ...enrolled });
    }
  }
  return lists;
}

const isTwoPeople = ({ genuine, enrolled, probe }: KnownTrial) =>
  genuine || !(ONE_PERSON.has(enrolled) && ONE_PERSON.has(probe));

function singles(
  own: readonly Clip[],
  listed: readonly { enrolled: string; probe: string }[],
  root: string,
  cohort: Cohort,
): KnownTrial[] {
  const sides = new Map(own.map((clip) => [relative(root, clip.path), sideOf([clip], cohort)]));
  const trials = listed.flatMap(({ enrolled, probe }) => {
    const [first, second] = [sides.get(enrolled), sides.get(probe)];
    return first && second ? [knownTrial(first, second)] : [];
  });
  return trials.filter(isTwoPeople);
}

function enrolledTrials(own: readonly Clip[], count: number, cohort: Cohort) {
  const split = [...bySpeaker(own).values()].flatMap((all) => {
    const clips = all.length > count ? count : count === 3 ? all.length - 1 : 0;
    return clips > 1 ? [{ enrolled: all.slice(0, clips), probes: all.slice(clips) }] : [];
  });
  if (split.length === 0) return undefined;
  const probes = split.flatMap((one) => one.probes.map((probe) => sideOf([probe], cohort)));
  const counts = split.map(({ enrolled }) => enrolled.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const trials = split
    .map(({ enrolled }) => sideOf(enrolled, cohort))
    .flatMap((side) => probes.map((probe) => knownTrial(side, probe)));
  return { clips: least === most ? `${most}` : `${least}-${most}`, trials: trials.filter(isTwoPeople) };
}
