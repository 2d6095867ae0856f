import type { ClipId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, ListedClip, Speaker } from "../../ports/speaker.ts";
import { addFixed } from "../../score/scoring/fixed-point.ts";
import { changeSpeaker, type SpeakerKey } from "../speaker/speaker.ts";
import { isRecording, readAudio } from "../speaker/stored-clip.ts";
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
  /** Undefined for audio of which nothing tells whose it was. */
  speakerId: SpeakerId | undefined;
  uid: SpeakerUid;
  clipId: ClipId | undefined;
};

type Needs = Pick<Services, "clips" | "speakers">;
const LOOKS = 5;

/** One speaker against its stored clips; looked at again while writers keep changing it. */
export async function checkSpeaker(services: Needs, speaker: Speaker): Promise<Finding[]> {
  let seen: Speaker | undefined = speaker;
  let findings: Finding[] = [];
  for (let look = 0; look < LOOKS; look++) {
    findings = await compareClips(services, seen);
    if (findings.length === 0) return [];
    const now: Speaker | undefined = await services.speakers.get(speaker.registryId, speaker.speakerId);
    if (now?.uid !== speaker.uid) return [];
    if (now.version === seen.version) return findings;
    seen = now;
  }
  return findings;
}

/** The sum anew from the stored clips; false where one of them is missing. */
export async function repairSum(
  services: Pick<Services, "clock" | "random" | "speakers">,
  key: SpeakerKey,
): Promise<boolean> {
  let mended = false;
  await changeSpeaker(services, key, async (speaker) => {
    const sum = sumOf(speaker, await services.speakers.clips(speaker.registryId, speaker.uid));
    mended = sum !== undefined;
    // The statistics belonged to the wrong voiceprint; they are computed where they are needed.
    return sum ? { ...speaker, sum, stats: undefined } : speaker;
  });
  return mended;
}

async function compareClips(services: Needs, speaker: Speaker): Promise<Finding[]> {
  const { registryId, speakerId, uid } = speaker;
  const finding = (kind: Finding["kind"], clipId?: ClipId): Finding => ({
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
  return findings;
}

/** Undefined where an item is missing: then nothing tells what the sum should be. */
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
  { audioSha256, audioKept }: ListedClip,
): Promise<"audio-changed" | "audio-superseded" | "missing-audio" | undefined> {
  // There was none to keep.
  if (audioKept === false) return undefined;
  const bytes = await readAudio(services, place);
  if (!bytes) return "missing-audio";
  if (!isRecording(bytes, audioSha256)) return "audio-changed";
  return (await stays(services, place, audioSha256)) ? undefined : "audio-superseded";
}

/** False where it was written over or deleted by hand: what was enrolled is then kept for a time only. */
async function stays(
  { clips }: Needs,
  { registryId, uid, clipId, audioVersion }: Parameters<typeof readAudio>[1],
  audioSha256: string,
): Promise<boolean> {
  if (await clips.isLatest(registryId, uid, clipId, audioVersion)) return true;
  // An enrollment beside a deletion may have put the same audio once more.
  const latest = await clips.get(registryId, uid, clipId);
  return latest !== undefined && isRecording(latest, audioSha256);
}
