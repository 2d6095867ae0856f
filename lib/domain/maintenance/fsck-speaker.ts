import type { RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, ListedClip, RecordingId, Speaker } from "../../ports/speaker.ts";
import { addFixed } from "../../score/scoring/fixed-point.ts";
import { evidenceOf } from "../speaker/evidence.ts";
import { changeStored, type SpeakerKey } from "../speaker/speaker.ts";
import { isRecording, keepsAudio, readAudio } from "../speaker/stored-clip.ts";
import { emptySum } from "../speaker/voiceprint.ts";

export type Finding = {
  kind:
    | "sum-mismatch"
    | "missing-clip-item"
    | "missing-audio"
    | "audio-changed"
    | "audio-superseded"
    | "orphan-clip-item"
    | "orphan-audio"
    | "orphan-cohort-row";
  registryId: RegistryId;
  /** Undefined for audio that can't be traced to a speaker. */
  speakerId: SpeakerId | undefined;
  uid: SpeakerUid;
  /** Also that of a consent, for its recording. */
  clipId: RecordingId | undefined;
};

type Needs = Pick<Services, "clips" | "speakers">;
const MOST_READS = 5;

/** Compares a speaker with its stored clips; starts over, up to 5 times, if the speaker changed. */
export async function checkSpeaker(services: Needs, speaker: Speaker): Promise<Finding[]> {
  let current = speaker;
  let findings: Finding[] = [];
  for (let read = 0; read < MOST_READS; read++) {
    findings = await compareClips(services, current);
    if (findings.length === 0) return [];
    const latest = await services.speakers.get(speaker.registryId, speaker.speakerId);
    if (latest?.uid !== speaker.uid) return [];
    if (latest.version === current.version) return findings;
    current = latest;
  }
  return findings;
}

/** Recomputes the sum from the stored clips; returns false if one of them is missing. */
export async function repairSum(
  services: Pick<Services, "clock" | "random" | "speakers">,
  key: SpeakerKey,
): Promise<boolean> {
  let repaired = false;
  await changeStored(services, key, async (speaker) => {
    const sum = sumOf(speaker, await services.speakers.clips(speaker.registryId, speaker.uid));
    repaired = sum !== undefined;
    // The stored statistics were those of the wrong voiceprint.
    return sum ? { ...speaker, sum, stats: undefined } : speaker;
  });
  return repaired;
}

async function compareClips(services: Needs, speaker: Speaker): Promise<Finding[]> {
  const { registryId, speakerId, uid } = speaker;
  const finding = (kind: Finding["kind"], clipId?: RecordingId): Finding => ({
    kind,
    registryId,
    speakerId,
    uid,
    clipId,
  });
  const items = await services.speakers.clips(registryId, uid);
  const stored = new Map(items.map((item) => [item.clipId, item]));
  const listed = new Set(speaker.clips.map((clip) => clip.clipId));
  const findings = [
    ...speaker.clips
      .filter(({ clipId }) => !stored.has(clipId))
      .map((c) => finding("missing-clip-item", c.clipId)),
    ...items.filter(({ clipId }) => !listed.has(clipId)).map((c) => finding("orphan-clip-item", c.clipId)),
  ];
  const sum = sumOf(speaker, items);
  if (sum && !sum.every((x, i) => Object.is(x, speaker.sum[i]))) findings.push(finding("sum-mismatch"));
  for (const clip of speaker.clips) {
    const place = stored.get(clip.clipId) ?? { registryId, uid, clipId: clip.clipId };
    const kind = await audioFault(services, place, clip);
    if (kind) findings.push(finding(kind, clip.clipId));
  }
  for (const consentId of evidenceOf(speaker))
    if (!(await services.clips.has(registryId, uid, consentId)))
      findings.push(finding("missing-audio", consentId));
  return findings;
}

/** The sum of the listed clips' embeddings; undefined if one of the clips is not stored. */
function sumOf(speaker: Speaker, items: readonly Clip[]): Float64Array | undefined {
  const byId = new Map(items.map((item) => [item.clipId, item]));
  let sum = emptySum(speaker.sum.length);
  for (const { clipId } of speaker.clips) {
    const item = byId.get(clipId);
    if (!item) return undefined;
    sum = addFixed(sum, item.embedding, 1);
  }
  return sum;
}

async function audioFault(
  services: Needs,
  place: Parameters<typeof readAudio>[1],
  listed: ListedClip,
): Promise<"audio-changed" | "audio-superseded" | "missing-audio" | undefined> {
  if (!keepsAudio(listed)) return undefined;
  const { audioSha256 } = listed;
  const bytes = await readAudio(services, place);
  if (!bytes) return "missing-audio";
  if (!isRecording(bytes, audioSha256)) return "audio-changed";
  return (await isCurrent(services, place, audioSha256)) ? undefined : "audio-superseded";
}

/**
 * False if the recording was overwritten or deleted by hand: the store then keeps the enrolled
 * version for a limited time only.
 */
async function isCurrent(
  { clips }: Needs,
  { registryId, uid, clipId, audioVersion }: Parameters<typeof readAudio>[1],
  audioSha256: string,
): Promise<boolean> {
  if (await clips.isLatest(registryId, uid, clipId, audioVersion)) return true;
  // An enrollment that raced with a deletion may have stored the same audio again.
  const latest = await clips.get(registryId, uid, clipId);
  return latest !== undefined && isRecording(latest, audioSha256);
}
