import { access } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { AppError } from "../lib/error.ts";
import type { BundledCohorts, Embedder } from "../lib/ports.ts";
import { voiceStats } from "../lib/score/norm.ts";
import { METHODS } from "../lib/score/types.ts";
import { readInput } from "./clip-file.ts";
import { type Embedded, embedClips } from "./embed-clips.ts";
import { badInput } from "./exit.ts";
import { type MethodResult, resultOf, type Voice } from "./method-result.ts";
import { parseTrials, requireBothClasses, type Trial } from "./trial-list.ts";

/** A clip too short of speech to embed; its trials cannot be scored. `line`: where it is first named. */
export type Excluded = { path: string; line: number; speechSeconds: number; trials: number };

export type Evaluation = {
  /** The list's file name without its extension. */
  list: string;
  targets: number;
  impostors: number;
  clips: number;
  excluded: readonly Excluded[];
  results: readonly MethodResult[];
};

/**
 * Scores every trial of one list by all four methods. The first path of a line is the enrolled side (Z-Norm looks at it
 * alone), the second the probe; both are single clips.
 *
 * root     what relative paths in the list are relative to; undefined: the list's own folder
 * workers  clips in work at once; undefined: 1
 * cache    folder for embeddings, kept by model and by the audio's sha256
 */
export async function evaluateList(
  bundle: { embedder: Embedder; cohorts: BundledCohorts },
  input: {
    list: string;
    root?: string | undefined;
    workers?: number | undefined;
    cache?: string | undefined;
    onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Evaluation> {
  const trials = parseTrials((await readInput(input.list)).toString("utf8"), input.list);
  const root = input.root ?? dirname(input.list);
  const clips = await namedClips(trials, root, input.list);
  const embedded = await embedClips(bundle.embedder, clips, {
    width: input.workers ?? 1,
    cache: input.cache,
    onProgress: input.onProgress,
  });
  const voices = await voicesOf(bundle, embedded);
  const at = (path: string) => voices.get(resolve(root, path));
  const scored = trials.flatMap((trial) => {
    const [enrolled, probe] = [at(trial.enrolled), at(trial.probe)];
    return enrolled && probe ? [{ ...trial, sides: { enrolled, probe } }] : [];
  });
  requireBothClasses(scored, input.list);
  const targets = scored.filter(({ target }) => target).length;
  return {
    list: basename(input.list, extname(input.list)),
    targets,
    impostors: scored.length - targets,
    clips: clips.length,
    excluded: excludedClips(clips, embedded, trials, root),
    results: METHODS.map((method) => resultOf(method, scored)),
  };
}

type NamedClip = { path: string; label: string; given: string; line: number };

/** Each distinct file once, in order of first mention; all must be there before the work begins. */
async function namedClips(trials: readonly Trial[], root: string, list: string): Promise<NamedClip[]> {
  const clips = new Map<string, NamedClip>();
  for (const { line, enrolled, probe } of trials)
    for (const given of [enrolled, probe]) {
      const path = resolve(root, given);
      if (!clips.has(path)) clips.set(path, { path, given, line, label: `${list}:${line}: ${given}` });
    }
  for (const { path, label } of clips.values())
    await access(path).catch(() => {
      throw badInput(
        `${label}: there is no such file in ${root}; --root names the folder that paths are relative to.`,
      );
    });
  return [...clips.values()];
}

async function voicesOf(
  { embedder, cohorts }: { embedder: Embedder; cohorts: BundledCohorts },
  embedded: ReadonlyMap<string, Embedded>,
): Promise<Map<string, Voice>> {
  const cohort = await cohorts.bundled(embedder.model.modelId);
  const voices = new Map<string, Voice>();
  for (const [path, { embedding }] of embedded) {
    if (!embedding) continue;
    const stats = voiceStats(embedding, cohort);
    if (!stats)
      throw new AppError("model-unavailable", "The model's cohort is too small to normalise scores by.");
    voices.set(path, { embedding, stats });
  }
  return voices;
}

function excludedClips(
  clips: readonly NamedClip[],
  embedded: ReadonlyMap<string, Embedded>,
  trials: readonly Trial[],
  root: string,
): Excluded[] {
  return clips
    .filter(({ path }) => !embedded.get(path)?.embedding)
    .map(({ path, given, line }) => ({
      path: given,
      line,
      speechSeconds: embedded.get(path)?.speechSeconds ?? 0,
      trials: trials.filter((one) => [one.enrolled, one.probe].some((side) => resolve(root, side) === path))
        .length,
    }));
}
