import { dirname } from "node:path";
import type { CalibrationTrials, NamedSide } from "../lib/domain/calibration/trials.ts";
import { knownTrial } from "../lib/domain/calibration/trials.ts";
import type { ScoringSetup } from "../lib/domain/scoring/setup.ts";
import { probeSide } from "../lib/domain/scoring/side.ts";
import { disjointSets } from "../lib/evaluate/disjoint-sets.ts";
import { embedClips } from "../lib/evaluate/embed-clips.ts";
import { singleClips } from "../lib/evaluate/enrollment-list.ts";
import { namedClips, requireFiles } from "../lib/evaluate/named-clips.ts";
import { parseTrials, type Trial } from "../lib/evaluate/trial-list.ts";
import { badInput, readInput } from "../lib/input-file.ts";
import type { Embedder } from "../lib/ports/model.ts";

/** Less net speech than this gets no score from the service, so it is not calibrated on either. */
const LEAST_SECONDS = 1;

type Input = {
  list: string;
  root: string | undefined;
  onProgress?: (done: number, total: number) => void;
};

/**
 * Trials of a list `label path path` over files. Who is who follows from the labels: paths that lines with label 1 join are
 * one speaker. A line with label 0 between two of one speaker is refused and named. Clips with too little speech are left
 * out, and told.
 */
export async function trialsFromFile(
  embedder: Embedder,
  setup: ScoringSetup,
  { list, root = dirname(list), onProgress }: Input,
): Promise<{ calibrationTrials: CalibrationTrials; left: readonly string[] }> {
  const trials = parseTrials((await readInput(list)).toString("utf8"), list);
  const speakerOf = speakersOf(trials, list);
  const clips = namedClips(trials, singleClips(trials), { list, enroll: undefined, root });
  await requireFiles(clips.values(), root);
  const embedded = await embedClips((clip) => embedder.embed(clip), clips.values(), { width: 1, onProgress });
  const sides = new Map<string, NamedSide>();
  const left: string[] = [];
  for (const [given, { path }] of clips) {
    const { embedding, quality } = embedded.get(path) ?? {};
    if (embedding && quality && quality.speechSeconds >= LEAST_SECONDS)
      sides.set(given, { speaker: speakerOf(given), ...probeSide(setup, embedding, quality) });
    else left.push(given);
  }
  const all = trials.flatMap(({ enrolled, probe }) => {
    const [one, other] = [sides.get(enrolled), sides.get(probe)];
    return one && other ? [knownTrial(one, other)] : [];
  });
  const speakers = new Set(all.flatMap(({ enrolled, probe }) => [enrolled, probe])).size;
  const calibrationTrials: CalibrationTrials = {
    origin: "trials",
    trials: all,
    searches: [],
    names: new Map(),
    speakers,
    usableSpeakers: speakers,
    skippedSpeakers: 0,
    source: `a list of ${all.length} trials over ${speakers} speakers' files`,
  };
  return { calibrationTrials, left };
}

/** Paths that lines with label 1 join are one speaker's. */
function speakersOf(trials: readonly Trial[], list: string): (path: string) => string {
  const { find, join } = disjointSets();
  for (const { target, enrolled, probe } of trials) if (target) join(enrolled, probe);
  const wrong = trials.find(({ target, enrolled, probe }) => !target && find(enrolled) === find(probe));
  if (wrong)
    throw badInput(
      `${list}:${wrong.line}: label 0 for ${wrong.enrolled} and ${wrong.probe}, but lines with label 1 make them one speaker; correct one of them.`,
    );
  return find;
}
