import { dirname } from "node:path";
import type { CalibrationTrials, NamedSide } from "../lib/domain/calibration/trials.ts";
import { knownTrial } from "../lib/domain/calibration/trials.ts";
import type { ScoringSetup } from "../lib/domain/scoring/setup.ts";
import { probeSide } from "../lib/domain/scoring/side.ts";
import { disjointSets } from "../lib/evaluate/disjoint-sets.ts";
import { embedClips } from "../lib/evaluate/embed-clips.ts";
import { readsFile } from "../lib/evaluate/embedding-cache.ts";
import { singleClips } from "../lib/evaluate/enrollment-list.ts";
import { namedClips, requireFiles } from "../lib/evaluate/named-clips.ts";
import { parseTrials, type Trial } from "../lib/evaluate/trial-list.ts";
import { badInput, readInput } from "../lib/input-file.ts";
import type { Embedder } from "../lib/ports/model.ts";

/** The service gives no score to a clip with less net speech, so the calibration skips it too. */
const MIN_SECONDS = 1;

type Input = {
  list: string;
  root: string | undefined;
  onProgress?: (done: number, total: number) => void;
};

/**
 * Returns the calibration trials of a list `label path path`. Lines with label 1 join their paths
 * into one speaker; a line with label 0 inside a speaker is an error. Trials of clips with too
 * little speech are left out, and those clips are returned as `skipped`.
 */
export async function trialsFromFile(
  embedder: Embedder,
  setup: ScoringSetup,
  { list, root = dirname(list), onProgress }: Input,
): Promise<{ calibrationTrials: CalibrationTrials; skipped: readonly string[] }> {
  const trials = parseTrials((await readInput(list)).toString("utf8"), list);
  const speakerOf = speakersOf(trials, list);
  const clips = namedClips(trials, singleClips(trials), { list, enroll: undefined, root });
  await requireFiles(clips.values(), root);
  // Clips without speech are skipped.
  const embedFile = readsFile((clip) => embedder.embed(clip));
  const embedded = await embedClips(embedFile, clips.values(), { width: 1, onProgress });
  const sides = new Map<string, NamedSide>();
  const skipped: string[] = [];
  for (const [name, { path }] of clips) {
    const { embedding, quality } = embedded.get(path) ?? {};
    if (embedding && quality && quality.speechSeconds >= MIN_SECONDS)
      sides.set(name, { speaker: speakerOf(name), ...probeSide(setup, embedding, quality) });
    else skipped.push(name);
  }
  const all = trials.flatMap(({ enrolled, probe }) => {
    const first = sides.get(enrolled);
    const second = sides.get(probe);
    return first && second ? [knownTrial(first, second)] : [];
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
  return { calibrationTrials, skipped };
}

/**
 * Returns a function that maps a path to its speaker: one of the paths that lines with label 1 join
 * to it.
 */
function speakersOf(trials: readonly Trial[], list: string): (path: string) => string {
  const { find, join } = disjointSets();
  for (const { target, enrolled, probe } of trials) if (target) join(enrolled, probe);
  const contradicted = trials.find(
    ({ target, enrolled, probe }) => !target && find(enrolled) === find(probe),
  );
  if (contradicted)
    throw badInput(
      `${list}:${contradicted.line}: The label is 0, but lines with label 1 make ${contradicted.enrolled} ` +
        `and ${contradicted.probe} one speaker. Correct one of them.`,
    );
  return find;
}
