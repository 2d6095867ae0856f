import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Material, NamedSide } from "../lib/domain/material.ts";
import { knownTrial } from "../lib/domain/material.ts";
import { probeSide, type Yardstick } from "../lib/domain/yardstick.ts";
import type { Embedder } from "../lib/ports.ts";
import { naming, readClip, readInput } from "./clip-file.ts";
import { parseTrials, type Trial } from "./evaluate/trial-list.ts";
import { badInput } from "./exit.ts";

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
export async function fileMaterial(
  embedder: Embedder,
  yardstick: Yardstick,
  { list, root = dirname(list), onProgress }: Input,
): Promise<{ material: Material; left: readonly string[] }> {
  const trials = parseTrials((await readInput(list)).toString("utf8"), list);
  const speakerOf = speakersOf(trials, list);
  const sides = new Map<string, NamedSide | undefined>();
  const paths = firstLines(trials);
  for (const [path, line] of paths)
    await access(resolve(root, path)).catch(() => {
      throw badInput(
        `${list}:${line}: ${path}: there is no such file in ${root}; --root names another folder.`,
      );
    });
  for (const [path, line] of paths) {
    const clip = await readClip(resolve(root, path), undefined);
    const { embedding, quality } = await naming(`${list}:${line}: ${path}`, () => embedder.hear(clip));
    const heard = embedding && quality.speechSeconds >= LEAST_SECONDS;
    const side = heard ? probeSide(yardstick, embedding, quality) : undefined;
    sides.set(path, side && { speaker: speakerOf(path), ...side });
    onProgress?.(sides.size, paths.size);
  }
  const all = trials.flatMap(({ enrolled, probe }) => {
    const [one, other] = [sides.get(enrolled), sides.get(probe)];
    return one && other ? [knownTrial(one, other)] : [];
  });
  const speakers = new Set(all.flatMap(({ enrolled, probe }) => [enrolled, probe])).size;
  const material: Material = {
    origin: "trials",
    trials: all,
    searches: [],
    names: new Map(),
    speakers,
    usableSpeakers: speakers,
    skippedSpeakers: 0,
    source: `a list of ${all.length} trials over ${speakers} speakers' files`,
  };
  return { material, left: [...paths.keys()].filter((path) => !sides.get(path)) };
}

function firstLines(trials: readonly Trial[]): Map<string, number> {
  const lines = new Map<string, number>();
  for (const { line, enrolled, probe } of trials)
    for (const path of [enrolled, probe]) if (!lines.has(path)) lines.set(path, line);
  return lines;
}

/** Disjoint sets over the paths: label 1 joins two. */
function speakersOf(trials: readonly Trial[], list: string): (path: string) => string {
  const parent = new Map<string, string>();
  const rootOf = (path: string): string => {
    let at = path;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (const { target, enrolled, probe } of trials) if (target) parent.set(rootOf(enrolled), rootOf(probe));
  const wrong = trials.find(({ target, enrolled, probe }) => !target && rootOf(enrolled) === rootOf(probe));
  if (wrong)
    throw badInput(
      `${list}:${wrong.line}: label 0 for ${wrong.enrolled} and ${wrong.probe}, but lines with label 1 make them one speaker; correct one of them.`,
    );
  return rootOf;
}
