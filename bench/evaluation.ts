import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { writeReport } from "../cli/evaluate/report/write.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { evaluateList } from "../lib/evaluate/evaluate.ts";
import { systemOf } from "../lib/evaluate/system.ts";
import { wavOf } from "../models/build/wav.ts";
import { print } from "./measure.ts";

const SPEAKERS = 250;
const RATE_HZ = 16_000;

/**
 * Times an evaluation with a report: first with an empty cache, then with a full one. Uses all
 * methods, 500 bootstrap draws, and parts by duration and session. The clips are cut from `speech`
 * at different speeds.
 */
export async function benchEvaluation(speech: Float32Array, clips: number, trials: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
  await writeClips(folder, speech, clips);
  const list = join(folder, "trials.txt");
  await writeFile(list, trialLines(clips, trials).join("\n"));
  for (const cache of ["cold", "warm"]) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    const eer = await evaluateOnce(folder, list);
    const { user, system } = process.cpuUsage(cpu);
    print(`evaluate-${cache}`, {
      trials,
      clips,
      seconds: (performance.now() - start) / 1000,
      // Of all threads. On a busy machine this is more reliable than the wall clock.
      cpuSeconds: (user + system) / 1e6,
      threads: availableParallelism(),
      eer,
    });
  }
  await rm(folder, { recursive: true });
}

/**
 * Runs what the command runs. Returns the EER by cosine: intervals take longer when voices are
 * harder to separate.
 */
async function evaluateOnce(folder: string, list: string): Promise<number | undefined> {
  const workers = availableParallelism();
  const bundle = await openBundle({ workers, onDemand: true });
  const system = await systemOf(bundle, { folder: BUNDLED_MODEL, cache: join(folder, "cache") });
  const evaluation = await evaluateList(system, { list, width: 2 * workers, workers, replicates: 500 });
  await writeReport([evaluation], join(folder, "report"));
  await bundle.embedder.close();
  return evaluation.parts[0].results[0].measures?.eer;
}

const clipName = (clip: number) => `clips/${clip}.wav`;

/**
 * Writes distinct clips of 2 to 5 s. A speaker is the voice at 60 to 150 % of its speed, which also
 * changes pitch and formants.
 */
async function writeClips(folder: string, speech: Float32Array, clips: number): Promise<void> {
  await mkdir(join(folder, "clips"));
  const rows = ["path\tspeaker\tsession"];
  for (let clip = 0; clip < clips; clip++) {
    const speaker = clip % SPEAKERS;
    const speed = 0.6 * 2.5 ** (speaker / SPEAKERS);
    const seconds = 2 + (clip % 7) / 2;
    const from = (clip * 7919) % (speech.length / 2);
    const samples = Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => {
      return speech[(from + Math.floor(i * speed)) % speech.length] * (1 - (clip % 11) / 40);
    });
    await writeFile(join(folder, clipName(clip)), wavOf(samples));
    rows.push(`${clipName(clip)}\t${speaker}\t${Math.floor(clip / SPEAKERS) % 3}`);
  }
  await writeFile(join(folder, "clips.tsv"), rows.join("\n"));
}

/** Returns distinct trials, one in ten of them genuine. */
function trialLines(clips: number, trials: number): string[] {
  const lines = new Set<string>();
  for (let i = 0; lines.size < trials; i++) {
    const a = (i * 104_729) % clips;
    const step =
      i % 10 === 0
        ? SPEAKERS * (1 + (Math.floor(i / 10) % (clips / SPEAKERS - 1)))
        : 1 + ((i * 31) % (clips - 1));
    const b = (a + step) % clips;
    lines.add(`${Number(a % SPEAKERS === b % SPEAKERS)} ${clipName(a)} ${clipName(b)}`);
  }
  return [...lines];
}
