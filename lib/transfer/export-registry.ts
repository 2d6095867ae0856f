import { readRegistry } from "../domain/registry/registry.ts";
import { scoringSetup } from "../domain/scoring/setup.ts";
import { everySpeaker } from "../domain/speaker/every-speaker.ts";
import { isRecording, keepsAudio, readAudio } from "../domain/speaker/stored-clip.ts";
import type { RegistryId, SpeakerId } from "../id.ts";
import type { CandidateVoice } from "../ports/candidate-voice.ts";
import type { Services } from "../ports/services.ts";
import type { ListedClip, Speaker } from "../ports/speaker.ts";
import { toBase64 } from "./bytes.ts";
import { candidateLine } from "./candidate-line.ts";
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
import { speakerLine, sumOfLine } from "./speaker-line.ts";

type Needs = Pick<
  Services,
  | "active"
  | "calibrations"
  | "candidates"
  | "clips"
  | "clock"
  | "cohorts"
  | "embedder"
  | "groups"
  | "registries"
  | "speakers"
>;

/** How often to reread a speaker that keeps changing. */
const MOST_READS = 12;

/**
 * Yields the whole registry line by line: its settings, its own cohorts and calibrations for the
 * running model, which of them are active, every speaker (opted-out speakers included) with its
 * clips, the groups, the candidate voices, and an end line with counts. Each speaker is a
 * consistent snapshot; speakers enrolled during the export may be included. API keys, decisions,
 * counters and everything bundled with the model are not exported.
 *
 * audio   include the recordings, each on its own line after its speaker's line
 * throws  RangeError if the store has lost a clip or a sum is wrong; `voiceroll fsck` finds it
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
    // A speaker that is erased and enrolled again during the export is listed twice.
    if (seen.has(listed.speakerId)) continue;
    seen.add(listed.speakerId);
    const snapshot = await speakerSnapshot(services, listed);
    if (!snapshot) continue;
    yield put(snapshot.line);
    if (audio) for await (const line of audioLines(services, snapshot.speaker)) yield put(line);
    onProgress?.(counted.speakers, header.counts.speakers);
  }
  for (const group of await services.groups.list(registryId)) yield put(groupLine(group));
  for (const candidate of await exportable(services, registryId)) yield put(candidateLine(candidate));
  yield sealed({ kind: "end", ...counted, exportedAt: services.clock.now().toISOString() });
}

/** The candidate voices of the running model. */
async function exportable(services: Needs, registryId: RegistryId): Promise<readonly CandidateVoice[]> {
  const { candidates } = await services.candidates.all(registryId);
  return candidates.filter(({ modelId }) => modelId === services.embedder.model.modelId);
}

async function headerOf(services: Needs, registryId: RegistryId, audio: boolean): Promise<HeaderLine> {
  const { modelId, name, dimension } = services.embedder.model;
  const { cohort, calibration } = await scoringSetup(services, registryId);
  const { recordings: _, ...counts } = noLines();
  counts.cohorts = (await services.cohorts.list(registryId, modelId)).length;
  counts.calibrations = (await services.calibrations.list(registryId, modelId)).length;
  counts.groups = (await services.groups.list(registryId)).length;
  counts.candidates = (await exportable(services, registryId)).length;
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

/**
 * These lines come before the speakers, so that an import computes the speakers' statistics once,
 * against the cohort that is active by then.
 */
async function* settingsLines(services: Needs, registryId: RegistryId): AsyncGenerator<Line> {
  const { modelId } = services.embedder.model;
  yield registryLine(await readRegistry(services, registryId));
  // Read the choice before the cohorts: a cohort that is built and activated during the export must
  // not be referenced without its own line.
  const active = await services.active.get(registryId, modelId);
  for (const { cohortId } of await services.cohorts.list(registryId, modelId)) {
    const record = await services.cohorts.get(registryId, cohortId);
    if (record) yield cohortLine(record);
  }
  for (const record of await services.calibrations.list(registryId, modelId)) yield calibrationLine(record);
  if (active) yield activeLine(active);
}

type Snapshot = { speaker: Speaker; line: SpeakerLine };

/**
 * A speaker and its line at one version; undefined if the speaker was erased since it was listed.
 */
async function speakerSnapshot(services: Needs, listed: Speaker): Promise<Snapshot | undefined> {
  let speaker = listed;
  for (let read = 0; read < MOST_READS; read++) {
    const line = await speakerLine(services, speaker);
    const now = await services.speakers.get(listed.registryId, listed.speakerId);
    if (now?.uid !== listed.uid) return undefined;
    const unchanged = now.version === speaker.version;
    if (line && unchanged && sumOfLine(line).every((x, i) => Object.is(x, speaker.sum[i])))
      return { speaker, line };
    if (unchanged) throw damaged(speaker);
    speaker = now;
  }
  throw new RangeError(`${listed.speakerId} kept changing during the export; try again`);
}

async function* audioLines(services: Needs, speaker: Speaker): AsyncGenerator<Line> {
  const { registryId, speakerId, uid } = speaker;
  const items = new Map((await services.speakers.clips(registryId, uid)).map((item) => [item.clipId, item]));
  const sent = new Set<string>();
  for (const { clipId, audioSha256 } of speaker.clips.filter(keepsAudio)) {
    sent.add(audioSha256);
    const item = items.get(clipId);
    const bytes = item && (await readAudio(services, item));
    if (bytes && isRecording(bytes, audioSha256))
      yield { kind: "audio", speaker: speakerId, audioSha256, data: toBase64(bytes) };
    else if (await isStillListed(services, speaker, clipId)) throw damaged(speaker);
  }
  for (const { consentId, evidence } of speaker.consents ?? []) {
    const { recording, sha256: audioSha256 = "" } = evidence ?? {};
    if (!recording || sent.has(audioSha256)) continue;
    sent.add(audioSha256);
    const bytes = await services.clips.get(registryId, uid, consentId);
    if (bytes && isRecording(bytes, audioSha256))
      yield { kind: "audio", speaker: speakerId, audioSha256, data: toBase64(bytes) };
    else if ((await services.speakers.get(registryId, speakerId))?.uid === uid) throw damaged(speaker);
  }
}

async function isStillListed(
  services: Needs,
  { registryId, speakerId, uid }: Speaker,
  clipId: ListedClip["clipId"],
): Promise<boolean> {
  const now = await services.speakers.get(registryId, speakerId);
  return now?.uid === uid && now.clips.some((clip) => clip.clipId === clipId);
}

const damaged = ({ speakerId }: Speaker) =>
  new RangeError(
    `${speakerId} can't be exported: one of its clips is missing or its sum is wrong; run voiceroll fsck`,
  );
