import { createHash } from "node:crypto";
import { type ClipId, makeId, type SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip } from "../../ports/speaker.ts";
import { sha256Of } from "../../sha256.ts";

/*
 * Enrolling and deleting the same audio may overlap. A clip consists of an item and its audio. If
 * the store keeps versions, the item names the audio's version. A clip is complete while its item
 * and the version that it names exist.
 *   enroll: put audio, put item, list the clip in the speaker (commit), then check;
 *           if the clip is listed but not complete, put both again.
 *   delete: unlist the clip (commit), read it, remove what was read, then check;
 *           if the clip is listed but not complete, put both back.
 * A removal deletes every version. If it happens before enroll's check, the check sees it. If it
 * happens after, it also follows enroll's commit, and delete's check sees that commit. After
 * putting both, the operation checks again: restored audio has a new version, and an item that is
 * written late may name a removed one. So a listed clip always keeps its item and the audio that it
 * names.
 */

type Stores = Pick<Services, "clips" | "speakers">;
type Place = Pick<Clip, "clipId" | "registryId" | "uid">;

/** Each check after the first follows a removal by another operation. */
const MOST_CHECKS = 8;

/** Derived from speaker and audio, so that sending the same audio again gives the same id. */
export const clipIdOf = (uid: SpeakerUid, audioSha256: string): ClipId =>
  makeId("clp", createHash("sha256").update(uid).update(audioSha256, "hex").digest().subarray(0, 16));

/** True if the bytes are exactly the enrolled recording. */
export const isRecording = (bytes: Uint8Array, audioSha256: string): boolean =>
  sha256Of(bytes) === audioSha256;

/** Stores the audio before the item, so that fsck finds what a crash leaves behind. */
export async function storeClip(services: Stores, clip: Clip, bytes: Uint8Array): Promise<void> {
  const audioVersion = await services.clips.put(clip.registryId, clip.uid, clip.clipId, bytes);
  await services.speakers.putClip({ ...clip, audioVersion });
}

/**
 * Reads the version that the item names, even if the key was overwritten. If that version is gone,
 * reads the latest one: an item written during a deletion may name an older version. The caller
 * must check the sha256.
 */
export async function readAudio(
  { clips }: Pick<Services, "clips">,
  { registryId, uid, clipId, audioVersion }: Place & Partial<Pick<Clip, "audioVersion">>,
): Promise<Uint8Array | undefined> {
  const pinned = audioVersion && (await clips.get(registryId, uid, clipId, audioVersion));
  return pinned || clips.get(registryId, uid, clipId);
}

/** Call after the commit that lists the clip: restores what a concurrent deletion removed. */
export async function keepClip(services: Stores, clip: Clip, bytes: Uint8Array): Promise<void> {
  for (let checks = 0; checks < MOST_CHECKS; checks++) {
    if ((await isComplete(services, clip)) || !(await isListed(services, clip))) {
      // We may have restored a clip of a speaker who was erased or opted out in between.
      if (checks > 0) await dropClip(services, clip);
      return;
    }
    await storeClip(services, clip, bytes);
  }
  await dropClip(services, clip);
}

/** Restores the enrolled recording as the latest version; returns false if it is gone. */
export async function restoreRecording(
  services: Stores,
  { registryId, uid, clipId }: Place,
): Promise<boolean> {
  const item = await services.speakers.getClip(registryId, uid, clipId);
  const bytes = item && (await readAudio(services, item));
  if (!bytes || !isRecording(bytes, item.audioSha256)) return false;
  await storeClip(services, item, bytes);
  // The clip may have been deleted in between.
  await dropClip(services, item);
  return true;
}

/** Removes a clip unless its speaker lists it. */
export async function dropClip(services: Stores, place: Place): Promise<void> {
  const { registryId, uid, clipId } = place;
  const item = await services.speakers.getClip(registryId, uid, clipId);
  const bytes = await readAudio(services, item ?? place);
  if (await isListed(services, item)) return;
  if (item) await services.speakers.removeClip(registryId, uid, clipId);
  if (bytes) await services.clips.remove(registryId, uid, clipId);
  const latest = item ?? (await services.speakers.getClip(registryId, uid, clipId));
  if (!latest || !(await isListed(services, latest))) return;
  const back = bytes ?? (await readAudio(services, latest));
  if (back) await keepClip(services, latest, back);
  else if (item) await services.speakers.putClip(item);
}

/** True if the speaker lists the clip. False for no item: a commit needs the item first. */
export async function isListed(services: Stores, item: Clip | undefined): Promise<boolean> {
  if (!item) return false;
  const speaker = await services.speakers.get(item.registryId, item.speakerId);
  return speaker?.uid === item.uid && speaker.clips.some((listed) => listed.clipId === item.clipId);
}

/** True if the item and the audio that it names are stored. */
async function isComplete({ clips, speakers }: Stores, { registryId, uid, clipId }: Place): Promise<boolean> {
  const item = await speakers.getClip(registryId, uid, clipId);
  return item !== undefined && clips.has(registryId, uid, clipId, item.audioVersion);
}
