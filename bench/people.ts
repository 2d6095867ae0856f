/**
 * `npm run bench:people`: a simulated month of recordings in which people come back, from the
 * development speech (bench/people/month.ts). Strangers are kept as candidate voices by the same
 * code as in a job. Prints Markdown: right and wrong merges, candidates per person, and names after
 * each person was named once.
 *
 * --held-out      speakers held out of training, on whom choices are made
 * --months n      this many months, each with other recordings. 1 by default
 * --cache folder  keeps diarizations, so that a second run embeds nothing
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { deserialize, serialize } from "node:v8";
import { localServices } from "../lib/adapters/local/services.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { diarizeSamples } from "../lib/adapters/model/diarize.ts";
import { loadModel } from "../lib/adapters/model/load.ts";
import { collected, RATE_HZ } from "../lib/adapters/model/long-samples.ts";
import type { Turn } from "../lib/diarize/error-rate.ts";
import { diarize } from "../lib/domain/decision/diarize.ts";
import { withKeptStrangers } from "../lib/domain/people/keep.ts";
import { nameCandidate } from "../lib/domain/people/name.ts";
import { withPeople } from "../lib/domain/people/named.ts";
import { ensureRegistry, updateRegistry } from "../lib/domain/registry/registry.ts";
import type { CandidateId, SpeakerId } from "../lib/id.ts";
import type { StoredDiarization } from "../lib/ports/diarization.ts";
import type { DiarizedRecording, Embedder } from "../lib/ports/model.ts";
import type { Services } from "../lib/ports/services.ts";
import { bySpeaker, readClips, readHeldOut } from "../models/build/corpus.ts";
import { withReliableLabels } from "../models/build/label-noise.ts";
import { readSounds } from "../models/build/recording-conditions.ts";
import { fakeClock } from "../test/support/fake-world.ts";
import { speechFolder } from "../test/support/speech.ts";
import { fragmentation, type Kept, mergesOf, mostIn, personIn } from "./people/measure.ts";
import { monthOf, type Planned, recordingOf } from "./people/month.ts";

const { values } = parseArgs({
  options: {
    "held-out": { type: "boolean", default: false },
    months: { type: "string", default: "1" },
    cache: { type: "string" },
  },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const part = values["held-out"] ? "held-out" : "dev";
const bundle = await openBundle({ workers: 1 });
const { networks } = await loadModel(BUNDLED_MODEL);
const sounds = await readSounds(speech);
const clips = bySpeaker(await listed(speech));
const all: Kept[] = [];
const named = { right: 0, wrong: 0, none: 0 };
let refused = 0;
let candidates = 0;
let people = 0;
let kept = 0;
let taking = 0;
let recordings = 0;
for (let i = 0; i < Number(values.months); i++) await oneMonth(`${part} ${i}`);
printed();
await bundle.embedder.close();

async function listed(folder: string) {
  if (part === "dev") return readClips(folder, "dev");
  const heldOut = await readHeldOut();
  return withReliableLabels(await readClips(folder, "train")).filter(({ speaker }) => heldOut.has(speaker));
}

async function oneMonth(name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-people-"));
  const clock = fakeClock();
  let current: DiarizedRecording | undefined;
  let planned: Planned | undefined;
  let turns: readonly Turn[] = [];
  const embedder: Embedder = {
    ...bundle.embedder,
    async diarize(_, options) {
      if (!planned) throw new RangeError("no recording");
      const heard = await diarized(planned, options);
      [current, turns] = [heard.recording, heard.turns];
      return current;
    },
  };
  const services = localServices(folder, { ...bundle, embedder, clock });
  const { registryId } = await ensureRegistry(services, "month");
  const registry = await updateRegistry(services, { registryId, settings: { candidateVoices: true } });
  const month = monthOf(clips, name);
  const stored: StoredDiarization[] = [];
  const own: Kept[] = [];
  for (const one of month) {
    planned = one;
    const recording = { bytes: new Uint8Array(0) };
    const { diarization, strangers } = await diarize(services, { registry, recording });
    const place = { registry, recording: one.name, strangers };
    const result = await withKeptStrangers(services, diarization, place);
    stored.push(result);
    for (const { voice, pieces } of strangers.found) {
      const candidate = result.voices[voice]?.candidateId;
      const person = personIn(pieces, turns) ?? "nobody";
      const group = one.corpus === "hyke" ? "telephone corpus" : one.condition;
      if (candidate) own.push({ recording: one.name, voice, person, candidate, group });
    }
    clock.advance((30 * 86_400) / month.length - 60);
    taking += one.people.length;
    recordings += 1;
    process.stderr.write(`${one.name}: ${strangers.found.length} of ${one.people.length} kept\n`);
  }
  kept += own.length;
  await nameEverybody(services, registry, own, stored);
  const { candidates: some, people: real } = fragmentation(own);
  candidates += some;
  people += real;
  all.push(...own.map((one) => ({ ...one, person: `${name} ${one.person}`, candidate: one.candidate })));
  await services.close();
  await rm(folder, { recursive: true, force: true });
}

/** Names each person's largest candidate once, and counts the names that recordings then show. */
async function nameEverybody(
  services: Services,
  registry: Parameters<typeof withPeople>[1],
  own: readonly Kept[],
  stored: readonly StoredDiarization[],
): Promise<void> {
  const groups = [...Map.groupBy(own, ({ candidate }) => candidate)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const done = new Set<string>();
  for (const [candidate, hearings] of groups) {
    const person = mostIn(hearings) ?? "nobody";
    if (done.has(person)) continue;
    done.add(person);
    const speakerId = person as SpeakerId;
    await nameCandidate(services, { registry, candidateId: candidate as CandidateId, speakerId }).catch(
      () => {
        refused += 1;
      },
    );
  }
  const shown = await Promise.all(stored.map((one) => withPeople(services, registry, one)));
  for (const { recording, voice, person } of own) {
    const name = shown.find((one) => one.recording === recording)?.voices[voice]?.speakerId;
    named[name === undefined ? "none" : name === person ? "right" : "wrong"] += 1;
  }
}

async function diarized(
  planned: Planned,
  options: Parameters<Embedder["diarize"]>[1],
): Promise<{ recording: DiarizedRecording; turns: readonly Turn[] }> {
  const file = values.cache && join(values.cache, `${planned.name.replaceAll(" ", "-")}.bin`);
  const found = file && (await readFile(file).catch(() => undefined));
  if (found) return deserialize(found);
  const { samples, turns } = await recordingOf(planned, sounds);
  const sound = { samples: collected([samples]), sourceRateHz: RATE_HZ };
  const recording = await diarizeSamples(networks, sound, options);
  if (file && values.cache) {
    await mkdir(values.cache, { recursive: true });
    await writeFile(file, serialize({ recording, turns }));
  }
  return { recording, turns };
}

function printed(): void {
  const share = (count: number, of: number) => `${((100 * count) / Math.max(1, of)).toFixed(1)} %`;
  console.log(`${part}: ${recordings} recordings, ${taking} voices in them, ${kept} kept`);
  console.log(
    "\n| | right merges | wrong | missed | first heard | wrong of all merges |\n|---|---|---|---|---|---|",
  );
  for (const group of [undefined, ...new Set(all.map((one) => one.group))]) {
    const { right, wrong, missed, first } = mergesOf(all, group);
    const cells = [group ?? "all", right, wrong, missed, first, share(wrong, right + wrong)];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log(`\ncandidates per person: ${candidates} / ${people} = ${(candidates / people).toFixed(2)}`);
  const { right, wrong, none } = named;
  const count = right + wrong + none;
  console.log(
    `names after one naming: right ${right} of ${count} (${share(right, count)}), wrong ${wrong} ` +
      `(${share(wrong, count)}), none ${none}; namings refused: ${refused}`,
  );
}
