/**
 * `npm run bench:diarize`: measures who spoke when, and with which names, on conversations that are
 * composed from the development speech (bench/diarization/). No audio is stored. Prints Markdown
 * tables.
 *
 * --held-out          speakers held out of training, on which the settings were chosen
 * --every n           every n-th conversation only
 * --segmentation f    also measures sherpa-onnx's offline diarization with this pyannote network
 * --embeddings f      and with these speaker embeddings; repeatable. The bundled model's by default
 * --export folder     writes each conversation as WAV and RTTM, for other peers
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { localServices } from "../lib/adapters/local/services.ts";
import { BUNDLED_MODEL, openBundle } from "../lib/adapters/model/bundle.ts";
import { diarizeSamples } from "../lib/adapters/model/diarize.ts";
import { loadModel } from "../lib/adapters/model/load.ts";
import { collected, RATE_HZ } from "../lib/adapters/model/long-samples.ts";
import { compareTurns, type Turn } from "../lib/diarize/error-rate.ts";
import { diarizationView, rttmOf } from "../lib/domain/decision/diarization.ts";
import { diarize } from "../lib/domain/decision/diarize.ts";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import type { SpeakerId } from "../lib/id.ts";
import type { DiarizationView } from "../lib/schema/diarization.ts";
import { wavOf } from "../models/build/wav.ts";
import { speechFolder } from "../test/support/speech.ts";
import { type Names, namesIn, namesTable } from "./diarization/names.ts";
import { peerOf } from "./diarization/peer.ts";
import { type Example, exampleOf, openPool, othersOf, type Pool, tasksOf } from "./diarization/set.ts";
import { errorTable, type Result } from "./diarization/table.ts";

const COLLAR_SECONDS = 0.25;
/** People of the same corpus who are enrolled too, and don't take part. */
const OTHERS = 10;

const { values } = parseArgs({
  options: {
    "held-out": { type: "boolean", default: false },
    every: { type: "string", default: "1" },
    segmentation: { type: "string" },
    embeddings: { type: "string", multiple: true, default: [join(BUNDLED_MODEL, "model.onnx")] },
    export: { type: "string" },
  },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const bundle = await openBundle({ workers: 1 });
const { networks } = await loadModel(BUNDLED_MODEL);
const { segmentation, embeddings } = values;
const peers = segmentation
  ? embeddings.map((file) => [`sherpa-onnx, ${basename(file)}`, peerOf(segmentation, file)] as const)
  : [];
const pool = await openPool(speech, values["held-out"] ? "held-out" : "dev");
const tasks = tasksOf(pool).filter((_, i) => i % Number(values.every) === 0);
const results: Result[] = [];
const names = new Map<string, Names[]>();
for (const [i, task] of tasks.entries()) {
  const example = await exampleOf(pool, task);
  if (values.export) await exported(values.export, example);
  const { view, enrolled } = await diarized(pool, example);
  add(example, "voiceroll", turnsOf(view));
  for (const [system, peer] of peers) add(example, system, peer(example.samples));
  const named = view.segments.flatMap(({ speaker, start, end }) =>
    speaker ? [{ speaker, start, end }] : [],
  );
  const heard = namesIn(example.turns, named, enrolled);
  for (const group of [example.corpus, example.condition, "all"])
    names.set(group, [...(names.get(group) ?? []), heard]);
  console.error(`${i + 1} of ${tasks.length}: ${task.name}`);
}
const by = (group: (result: Result) => string) =>
  results.map((result) => ({ ...result, group: group(result) }));
for (const line of errorTable(by(({ group }) => group.split(", ")[0]))) console.log(line);
console.log();
for (const line of errorTable(by(({ group }) => group.split(", ")[1]))) console.log(line);
console.log();
for (const line of errorTable(by(({ group }) => group.split(", ")[2]))) console.log(line);
console.log();
for (const line of namesTable(names)) console.log(line);
await bundle.embedder.close();

function add({ corpus, condition, overlap, people, turns }: Example, system: string, found: readonly Turn[]) {
  results.push({
    ...{ system, people, found: new Set(found.map(({ speaker }) => speaker)).size },
    group: [corpus, condition, `overlaps ${100 * overlap} %`].join(", "),
    collar: compareTurns(turns, found, COLLAR_SECONDS),
    none: compareTurns(turns, found, 0),
  });
}

function turnsOf({ segments }: DiarizationView): Turn[] {
  return segments.map(({ label, start, end }) => ({ speaker: label, start, end }));
}

/**
 * Diarizes with a new registry: every other person of the conversation, and people who aren't in
 * it.
 */
async function diarized(from: Pool, example: Example) {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-diarize-"));
  const samples = collected([example.samples]);
  const embedder = {
    ...bundle.embedder,
    diarize: () => diarizeSamples(networks, { samples, sourceRateHz: RATE_HZ }, () => undefined),
  };
  const services = localServices(folder, { ...bundle, embedder });
  try {
    const registry = await ensureRegistry(services, "bench");
    const enrolled = new Set<string>();
    for (const { speaker, samples: own } of [
      ...example.enrolled,
      ...(await othersOf(from, example, OTHERS)),
    ]) {
      const clips = [{ bytes: wavOf(own) }];
      // A recording with too little speech is refused: its person is a stranger then.
      await enroll(services, { registry, speakerId: speaker as SpeakerId, clips }).then(
        () => enrolled.add(speaker),
        () => undefined,
      );
    }
    const recording = { bytes: new Uint8Array(0) };
    return { view: diarizationView(await diarize(services, { registry, recording })), enrolled };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function exported(folder: string, { name, samples, turns }: Example): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name.replaceAll(" ", "_"));
  const segments = turns.map(({ speaker, start, end }) => ({ label: speaker, start, end }));
  await writeFile(`${file}.wav`, wavOf(samples));
  await writeFile(
    `${file}.rttm`,
    rttmOf({ segments }, name)
      .map((line) => `${line}\n`)
      .join(""),
  );
}
