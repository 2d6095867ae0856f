import { isDeepStrictEqual } from "node:util";
import { hasOptedOut } from "../domain/speaker/id-hash.ts";
import { keepsAudio } from "../domain/speaker/stored-clip.ts";
import { parseSpeakerId, type SpeakerUid } from "../id.ts";
import type { Speaker } from "../ports/speaker.ts";
import type { SpeakerLine } from "./format.ts";
import type { Target } from "./import-settings.ts";
import {
  conflictOutcome,
  IMPORTED,
  type ImportNeeds,
  isWritten,
  type LineOutcome,
  skipped,
  UNCHANGED,
} from "./outcome.ts";
import { speakerLine } from "./speaker-line.ts";

/**
 * `audio`: the file includes recordings, and this registry keeps them. `consentRequired`: this
 * registry requires consent and the exported one did not.
 */
export type SpeakerTarget = Target & { audio: boolean; consentRequired: boolean };

/** What to do with a speaker line, given the speaker that the registry has under its id. */
export async function compareWithStored(
  services: ImportNeeds,
  { registryId, onConflict, audio, consentRequired }: SpeakerTarget,
  line: SpeakerLine,
): Promise<{ outcome: LineOutcome; existing: Speaker | undefined }> {
  const existing = await services.speakers.get(registryId, idOf(line));
  const consentMissing = consentRequired && line.consent === null && !line.optedOut;
  if (!existing) {
    const key = { registryId, speakerId: idOf(line) };
    if (!line.optedOut && (await hasOptedOut(services, key)))
      return { outcome: skipped("opted-out"), existing };
    if (consentMissing) return { outcome: skipped("consent-required"), existing };
    const taken = await isUidTaken(services, registryId, line);
    return { outcome: taken ? skipped("uid-taken") : IMPORTED, existing };
  }
  if (await isSame(services, existing, line)) {
    const incomplete = audio && !existing.clips.every(keepsAudio);
    return { outcome: incomplete ? { state: "completed" } : UNCHANGED, existing };
  }
  // An old export must not bring back a speaker who has opted out since.
  if (existing.optedOut) return { outcome: skipped("opted-out"), existing };
  const outcome = conflictOutcome(onConflict);
  if (consentMissing && isWritten(outcome)) return { outcome: skipped("consent-required"), existing };
  return { outcome, existing };
}

/**
 * True if an export of the stored speaker gives this line. A replaced speaker keeps its own uid.
 */
async function isSame(services: ImportNeeds, existing: Speaker, line: SpeakerLine): Promise<boolean> {
  const current = await speakerLine(services, existing);
  if (!current) return false;
  // A file from before clips had fingerprints is not a different speaker.
  const clips = current.clips.map(({ fingerprint, ...clip }, i) =>
    fingerprint && line.clips[i]?.fingerprint ? { ...clip, fingerprint } : clip,
  );
  return isDeepStrictEqual({ ...current, clips, uid: line.uid }, line);
}

/** A uid belongs to one speaker of a registry: its clips are stored under it. */
async function isUidTaken(
  { speakers }: ImportNeeds,
  registryId: Speaker["registryId"],
  line: SpeakerLine,
): Promise<boolean> {
  const uid = line.uid as SpeakerUid;
  const [item] = await speakers.clips(registryId, uid);
  if (!item || item.speakerId === line.id) return false;
  return (await speakers.get(registryId, item.speakerId))?.uid === uid;
}

export function idOf({ id }: SpeakerLine): Speaker["speakerId"] {
  const speakerId = parseSpeakerId(id);
  if (!speakerId) throw new RangeError(`invalid speaker id ${id}`);
  return speakerId;
}
