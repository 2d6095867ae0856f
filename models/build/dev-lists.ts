import { readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { parseTrials } from "../../lib/evaluate/trial-list.ts";
import { eer, minDcf } from "../../lib/score/rates/metrics.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { mapWithProgress } from "./progress.ts";

type DevTrial = { target: boolean; enrolled: number; probe: number };
export type DevLists = {
  voices: readonly UnitVector[];
  lists: readonly { name: string; trials: readonly DevTrial[] }[];
};

/**
 * Rates as fractions. `mean`: mean of the lists' EERs; `pooled`: EER at one threshold over the
 * trials of all lists.
 */
export type Rates = { eers: number[]; mean: number; pooled: number; minDcf: number };

const PRIOR = 0.05;

/**
 * Reads the trial lists in `speech`/dev/trials and embeds each clip once, like `voiceroll
 * evaluate`.
 */
export async function readDevLists(embedClip: EmbedClip, speech: string, width: number): Promise<DevLists> {
  const folder = join(speech, "dev", "trials");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".txt")).sort();
  const parsed = await Promise.all(
    files.map(async (file) => parseTrials(await readFile(join(folder, file), "utf8"), join(folder, file))),
  );
  const paths = [...new Set(parsed.flat().flatMap(({ enrolled, probe }) => [enrolled, probe]))];
  const at = new Map(paths.map((path, i) => [path, i]));
  const index = (path: string) => at.get(path) ?? Number.NaN;
  const voices = await mapWithProgress("dev", paths, width, async (path) => {
    const { embedding } = await embedClip(
      { bytes: await readFile(join(speech, "dev", path)) },
      { evenWithoutSpeech: true },
    );
    if (!embedding) throw new RangeError(`${path} is too short to embed`);
    return embedding;
  });
  const lists = parsed.map((trials, i) => ({
    name: basename(files[i], extname(files[i])),
    trials: trials.map(({ target, enrolled, probe }) => ({
      target,
      enrolled: index(enrolled),
      probe: index(probe),
    })),
  }));
  return { voices, lists };
}

export function ratesOf({ lists }: DevLists, score: (trial: DevTrial) => number): Rates {
  const scored = lists.map(({ trials }) => {
    const scores = (target: boolean) => trials.filter((trial) => trial.target === target).map(score);
    return { genuine: scores(true), impostor: scores(false) };
  });
  const eers = scored.map(({ genuine, impostor }) => eer(genuine, impostor).eer);
  const costs = scored.map(({ genuine, impostor }) => minDcf(genuine, impostor, PRIOR).minDcf);
  const all = (kind: "genuine" | "impostor") => scored.flatMap((list) => list[kind]);
  return {
    eers,
    mean: meanOf(eers),
    pooled: eer(all("genuine"), all("impostor")).eer,
    minDcf: meanOf(costs),
  };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
