/**
 * `npm run bench:diarize`: measures who spoke when, and with which names, on conversations that are
 * composed from the development speech (bench/diarization/). No audio is stored. Prints Markdown
 * tables.
 *
 * --held-out          speakers held out of training, on which the settings were chosen
 * --every n           every n-th conversation only
 * --segmentation f    also measures diarization with this pyannote network as its part, and
 *                     sherpa-onnx's offline diarization with it
 * --embeddings f      and with these speaker embeddings; repeatable. The bundled model's by default
 * --export folder     writes each conversation as WAV and RTTM, for other peers
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { localServices } from "../lib/adapters/local/services.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { diarizeSamples } from "../lib/adapters/model/diarize.ts";
import { loadModel } from "../lib/adapters/model/load.ts";
import { collected, RATE_HZ } from "../lib/adapters/model/long-samples.ts";
import { type Segmenter, segmenterOf } from "../lib/adapters/model/segmentation.ts";
import { compareTurns, type Turn } from "../lib/diarize/error-rate.ts";
import { diarizationView, rttmOf } from "../lib/domain/decision/diarization.ts";
import { diarize } from "../lib/domain/decision/diarize.ts";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import type { SpeakerId } from "../lib/id.ts";
import type { Embedder } from "../lib/ports/model.ts";
import type { DiarizationView } from "../lib/schema/diarization.ts";
import { wavOf } from "../models/build/wav.ts";
import { speechFolder } from "../test/support/speech.ts";
import { type Names, namesIn, namesTable } from "./diarization/names.ts";
import { overlapsIn } from "./diarization/overlaps.ts";
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
const network = segmentation ? await readFile(segmentation) : undefined;
const systems = [
  { system: "voiceroll", part: undefined },
  ...(network ? [{ system: "voiceroll, with the part", part: () => segmenterOf(network) }] : []),
];
const peers = segmentation
  ? embeddings.map((file) => [`sherpa-onnx, ${basename(file)}`, peerOf(segmentation, file)] as const)
  : [];
const pool = await openPool(speech, values["held-out"] ? "held-out" : "dev");
const tasks = tasksOf(pool).filter((_, i) => i % Number(values.every) === 0);
const results: Result[] = [];
const names = new Map(systems.map(({ system }) => [system, new Map<string, Names[]>()]));
for (const [i, task] of tasks.entries()) {
  const example = await exampleOf(pool, task);
  if (values.export) await exported(values.export, example);
  for (const { system, view, enrolled } of await diarized(pool, example)) {
    add(example, system, turnsOf(view));
    addNames(system, example, namesIn(example.turns, namedIn(view), enrolled));
  }
  for (const [system, peer] of peers) add(example, system, peer(example.samples));
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
for (const [system, groups] of names)
  for (const line of [`Names: ${system}`, "", ...namesTable(groups), ""]) console.log(line);
await bundle.embedder.close();

function add({ corpus, condition, overlap, people, turns }: Example, system: string, found: readonly Turn[]) {
  results.push({
    ...{ system, people, found: new Set(found.map(({ speaker }) => speaker)).size },
    group: [corpus, condition, `overlaps ${100 * overlap} %`].join(", "),
    collar: compareTurns(turns, found, COLLAR_SECONDS),
    none: compareTurns(turns, found, 0),
    overlaps: overlapsIn(turns, found),
  });
}

function addNames(system: string, { corpus, condition }: Example, heard: Names) {
  const groups = names.get(system);
  for (const group of [corpus, condition, "all"]) groups?.set(group, [...(groups.get(group) ?? []), heard]);
}

function namedIn({ segments }: DiarizationView): Turn[] {
  return segments.flatMap(({ speaker, start, end }) => (speaker ? [{ speaker, start, end }] : []));
}

function turnsOf({ segments }: DiarizationView): Turn[] {
  return segments.map(({ label, start, end }) => ({ speaker: label, start, end }));
}

/**
 * Diarizes with each system, in a new registry with every other person of the conversation, and
 * people who aren't in it.
 */
async function diarized(from: Pool, example: Example) {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-diarize-"));
  const samples = collected([example.samples]);
  let openSegmenter: (() => Promise<Segmenter>) | undefined;
  const embedder: Embedder = {
    ...bundle.embedder,
    diarize: (_, options) =>
      diarizeSamples(networks, { samples, sourceRateHz: RATE_HZ }, { ...options, openSegmenter }),
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
    const found: { system: string; view: DiarizationView; enrolled: ReadonlySet<string> }[] = [];
    for (const one of systems) {
      openSegmenter = one.part;
      const view = diarizationView((await diarize(services, { registry, recording })).diarization);
      found.push({ system: one.system, view, enrolled });
    }
    return found;
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
