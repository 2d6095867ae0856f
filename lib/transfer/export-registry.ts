import { readRegistry } from "../domain/registry/registry.ts";
import { scoringSetup } from "../domain/scoring/setup.ts";
import { everySpeaker } from "../domain/speaker/every-speaker.ts";
import { isRecording, readAudio } from "../domain/speaker/stored-clip.ts";
import type { RegistryId, SpeakerId } from "../id.ts";
import type { Services } from "../ports/services.ts";
import type { ListedClip, Speaker } from "../ports/speaker.ts";
import { toBase64 } from "./bytes.ts";
import {
  countLine,
  FORMAT,
  FORMAT_VERSION,
  type HeaderLine,
  type Line,
  noLines,
  type SpeakerLine,
} from "./format.ts";
import { lineSealer } from "./sealed-lines.ts";
import { activeLine, calibrationLine, cohortLine, groupLine, registryLine } from "./settings-lines.ts";
import { sumOfLine, unboundedLlr } from "./speaker-line.ts";

type Needs = Pick<
  Services,
  | "active"
  | "calibrations"
  | "clips"
  | "clock"
  | "cohorts"
  | "embedder"
  | "groups"
  | "registries"
  | "speakers"
>;

/** Times that a speaker is looked at who keeps changing while it is read. */
const LOOKS = 12;

/**
 * The whole registry, a line at a time: what it is, its own cohorts and calibrations under the running model and which are
 * active, every speaker (those who opted out too) with its clips, groups, and an end that says how many there were. Each
 * speaker is as it was at one moment; who comes while it runs comes at the end. API keys, decisions and counters are not in
 * it, nor what comes with the model.
 *
 * audio  put the recordings in too, each on a line of its own behind its speaker's
 * throws RangeError where the store has lost a clip or a sum is wrong: fsck tells which
 */
export async function* exportRegistry(
  services: Needs,
  input: {
    registryId: RegistryId;
    audio?: boolean | undefined;
    onProgress?: ((speakers: number, total: number) => void) | undefined;
  },
): AsyncGenerator<string> {
  const { registryId, audio = false, onProgress } = input;
  const sealed = lineSealer();
  const counted = noLines();
  const put = (line: Line): string => {
    countLine(counted, line);
    return sealed(line);
  };
  const header = await headerOf(services, registryId, audio);
  yield put(header);
  for await (const line of settingsLines(services, registryId)) yield put(line);
  const seen = new Set<SpeakerId>();
  for await (const listed of everySpeaker(services, registryId)) {
    // Erased and enrolled anew while this runs.
    if (seen.size === seen.add(listed.speakerId).size) continue;
    const found = await atOneMoment(services, listed);
    if (!found) continue;
    yield put(found.line);
    if (audio) for await (const line of audioLines(services, found)) yield put(line);
    onProgress?.(counted.speakers, header.counts.speakers);
  }
  for (const group of await services.groups.list(registryId)) yield put(groupLine(group));
  yield sealed({ kind: "end", ...counted, exportedAt: services.clock.now().toISOString() });
}

async function headerOf(services: Needs, registryId: RegistryId, audio: boolean): Promise<HeaderLine> {
  const { modelId, name, dimension } = services.embedder.model;
  const { cohort, calibration } = await scoringSetup(services, registryId);
  const { recordings: _, ...counts } = noLines();
  counts.cohorts = (await services.cohorts.list(registryId, modelId)).length;
  counts.calibrations = (await services.calibrations.list(registryId, modelId)).length;
  counts.groups = (await services.groups.list(registryId)).length;
  for await (const { clips } of everySpeaker(services, registryId)) {
    counts.speakers += 1;
    counts.clips += clips.length;
  }
  return {
    kind: "header",
    format: FORMAT,
    version: FORMAT_VERSION,
    model: { id: modelId, name, dimension },
    scoredBy: { cohort: cohort.id, calibration: calibration.id },
    audio,
    counts,
  };
}

/** Before the speakers, so that an import computes their statistics once, against the cohort that is then active. */
async function* settingsLines(services: Needs, registryId: RegistryId): AsyncGenerator<Line> {
  const { modelId } = services.embedder.model;
  yield registryLine(await readRegistry(services, registryId));
  // Read before what it chooses from: a cohort that is made and activated meanwhile is then not named without standing.
  const active = await services.active.get(registryId, modelId);
  for (const { cohortId } of await services.cohorts.list(registryId, modelId)) {
    const record = await services.cohorts.get(registryId, cohortId);
    if (record) yield cohortLine(record);
  }
  for (const record of await services.calibrations.list(registryId, modelId)) yield calibrationLine(record);
  if (active) yield activeLine(active);
}

type Found = { speaker: Speaker; line: SpeakerLine };

/** Undefined for one that was erased meanwhile. */
async function atOneMoment(services: Needs, listed: Speaker): Promise<Found | undefined> {
  let speaker = listed;
  for (let look = 0; look < LOOKS; look++) {
    const line = await unboundedLlr(services, speaker);
    const now = await services.speakers.get(listed.registryId, listed.speakerId);
    if (now?.uid !== listed.uid) return undefined;
    const same = now.version === speaker.version;
    if (line && same && sumOfLine(line).every((x, i) => Object.is(x, speaker.sum[i])))
      return { speaker, line };
    if (same) throw damaged(speaker);
    speaker = now;
  }
  throw new RangeError(`${listed.speakerId} kept changing while it was read; try again`);
}

async function* audioLines(services: Needs, { speaker }: Found): AsyncGenerator<Line> {
  const { registryId, speakerId, uid } = speaker;
  const items = new Map((await services.speakers.clips(registryId, uid)).map((item) => [item.clipId, item]));
  for (const { clipId, audioSha256, audioKept } of speaker.clips) {
    if (audioKept === false) continue;
    const item = items.get(clipId);
    const bytes = item && (await readAudio(services, item));
    if (bytes && isRecording(bytes, audioSha256))
      yield { kind: "audio", speaker: speakerId, audioSha256, data: toBase64(bytes) };
    else if (await isStillThere(services, speaker, clipId)) throw damaged(speaker);
  }
}

async function isStillThere(
  services: Needs,
  { registryId, speakerId, uid }: Speaker,
  clipId: ListedClip["clipId"],
): Promise<boolean> {
  const now = await services.speakers.get(registryId, speakerId);
  return now?.uid === uid && now.clips.some((clip) => clip.clipId === clipId);
}

const damaged = ({ speakerId }: Speaker) =>
  new RangeError(
    `${speakerId} cannot be exported: a clip of it is missing or its sum is wrong; run voiceroll fsck`,
  );
