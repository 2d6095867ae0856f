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
const { networks, release } = await loadModel(folder);
let number = 0;
const windows = await mapWithProgress("voice space", people, 1, (own) =>
  windowsOfPerson(own, number++, sounds),
);
const { dimension } = networks.model;
const bytes = encodeVoiceSpace(
  learnVoiceSpace(
    windows.filter(({ rows }) => rows.length >= LEAST_WINDOWS),
    dimension,
  ),
);
await release();
await writeFile(join(folder, FILE), bytes);
const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
manifest.voiceSpace = { file: FILE, sha256: sha256Of(bytes) };
await writeFile(join(folder, "model.json"), wrappedJson(manifest));

/**
 * Windows of a person's speech in one condition, as they would be of its part of a conversation.
 */
async function windowsOfPerson(
  own: readonly TrainClip[],
  index: number,
  all: Sounds,
): Promise<PersonWindows> {
  const [{ speaker, corpus }] = own;
  const random = randomOf(`train ${speaker}`);
  const parts: number[] = [];
  for (const { path } of random.shuffled(own)) {
    if (parts.length >= SECONDS * RATE_HZ) break;
    for (const sample of await soundOf(path)) parts.push(sample);
  }
  const condition = CONDITIONS[index % CONDITIONS.length];
  const samples = collected([
    await recorded(Float32Array.from(parts.slice(0, SECONDS * RATE_HZ)), condition, all, random),
  ]);
  const { speech: mask, mean } = await hearSpeech(networks, samples, async () => undefined);
  const apart = windowsOf(mask, { length: WINDOWS.length, hop: WINDOWS.length });
  const whole = apart.filter(({ from, to }) => to - from === WINDOWS.length);
  const chosen = random
    .shuffled(whole)
    .slice(0, MOST_WINDOWS)
    .sort((a, b) => a.from - b.from);
  const rows = await embedWindows(networks, samples, { windows: chosen, mean }, async () => undefined);
  const size = networks.model.dimension;
  return {
    cell: `${corpus} ${condition}`,
    rows: chosen.map((_, w) => rows.slice(w * size, (w + 1) * size)),
  };
}
