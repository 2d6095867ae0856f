/**
 * `npm run model:voice-space -- --model models/NAME --speech FOLDER`: learns the voice space of a
 * model's windows from the training speech, for diarization, and adds it to the model's folder
 * (docs/model-format.md). Held-out speakers are left out.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WINDOWS } from "../../lib/adapters/model/diarize.ts";
import { embedWindows } from "../../lib/adapters/model/embed-windows.ts";
import { hearSpeech } from "../../lib/adapters/model/hear-speech.ts";
import { loadModel } from "../../lib/adapters/model/load.ts";
import { collected, RATE_HZ } from "../../lib/adapters/model/long-samples.ts";
import { encodeVoiceSpace } from "../../lib/adapters/model/voice-space-file.ts";
import { windowsOf } from "../../lib/diarize/windows.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { wrappedJson } from "../../lib/wrapped-json.ts";
import { bySpeaker, readClips, readHeldOut, type TrainClip } from "./corpus.ts";
import { withReliableLabels } from "./label-noise.ts";
import { learnVoiceSpace, type PersonWindows } from "./learn-voice-space.ts";
import { mapWithProgress } from "./progress.ts";
import { randomOf } from "./random.ts";
import { CONDITIONS, readSounds, recorded, type Sounds, soundOf } from "./recording-conditions.ts";

const FILE = "voice-space.bin";
/** Speech of a person, s, and the windows that are taken of it. */
const SECONDS = 22;
const MOST_WINDOWS = 10;
const LEAST_WINDOWS = 2;
/** People of one corpus who share a recording. */
const GROUP = 4;
const FRAMES_PER_SECOND = 100;
/** Of this corpus, which has one recording of each of 1,591 people, every third person. */
const LARGE_CORPUS = "saa";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    speech: { type: "string" },
    "every-saa": { type: "string", default: "3" },
  },
});
const { model: folder, speech } = values;
if (!folder || !speech) throw new RangeError("Give --model FOLDER and --speech FOLDER.");

const heldOut = await readHeldOut();
const clips = withReliableLabels(await readClips(speech, "train")).filter(
  ({ speaker }) => !heldOut.has(speaker),
);
const people = [...bySpeaker(clips).values()].filter(
  ([first], i) => first.corpus !== LARGE_CORPUS || i % Number(values["every-saa"]) === 0,
);
const sounds = await readSounds(speech);
const byCorpus = Map.groupBy(people, ([first]) => first.corpus);
const groups = [...byCorpus.values()].flatMap((own) =>
  Array.from({ length: Math.floor(own.length / GROUP) }, (_, g) => own.slice(g * GROUP, (g + 1) * GROUP)),
);
const { networks, release } = await loadModel(folder);
let number = 0;
const windows = await mapWithProgress("voice space", groups, 1, (group) =>
  windowsOfGroup(group, number++, sounds),
);
const { dimension } = networks.model;
const enough = windows.flat().filter(({ rows }) => rows.length >= LEAST_WINDOWS);
const bytes = encodeVoiceSpace(learnVoiceSpace(enough, dimension));
await release();
await writeFile(join(folder, FILE), bytes);
const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
manifest.voiceSpace = { file: FILE, sha256: sha256Of(bytes) };
await writeFile(join(folder, "model.json"), wrappedJson(manifest));

/**
 * Windows of a few people, as those of a conversation between them: in one room or on one line,
 * with one mean of the features.
 */
async function windowsOfGroup(
  group: readonly (readonly TrainClip[])[],
  index: number,
  all: Sounds,
): Promise<PersonWindows[]> {
  const condition = CONDITIONS[index % CONDITIONS.length];
  const random = randomOf(`voice space ${group[0][0].speaker}`);
  const voices: Float32Array[] = [];
  for (const own of group) voices.push(await speechOf(random.shuffled(own)));
  const together = Float32Array.from(voices.flatMap((voice) => [...voice]));
  const samples = collected([await recorded(together, condition, all, random)]);
  const { speech: mask, mean } = await hearSpeech(networks, samples, async () => undefined);
  const apart = windowsOf(mask, { length: WINDOWS.length, hop: WINDOWS.length });
  const whole = random.shuffled(apart.filter(({ from, to }) => to - from === WINDOWS.length));
  const size = networks.model.dimension;
  const persons: PersonWindows[] = [];
  let at = 0;
  for (const { length } of voices) {
    const [first, end] = [at, at + length].map((sample) => (sample / RATE_HZ) * FRAMES_PER_SECOND);
    const own = whole.filter(({ from, to }) => first <= from && to <= end).slice(0, MOST_WINDOWS);
    own.sort((a, b) => a.from - b.from);
    const rows = await embedWindows(networks, samples, { windows: own, mean }, async () => undefined);
    persons.push({ cell: `${index}`, rows: own.map((_, w) => rows.slice(w * size, (w + 1) * size)) });
    at += length;
  }
  return persons;
}

/** The first 22 s of a person's recordings, joined. */
async function speechOf(own: readonly TrainClip[]): Promise<Float32Array> {
  const samples: number[] = [];
  for (const { path } of own) {
    if (samples.length >= SECONDS * RATE_HZ) break;
    for (const sample of await soundOf(path)) samples.push(sample);
  }
  return Float32Array.from(samples.slice(0, SECONDS * RATE_HZ));
}
