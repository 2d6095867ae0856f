import { createHash } from "node:crypto";
import { type ClipId, makeId, type SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, ListedClip } from "../../ports/speaker.ts";
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
 *
 * A clip that is listed with `audioKept: false` consists of its item only. Audio that another
 * enrollment of the same recording has stored is removed like the audio of an unlisted clip.
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

/**
 * Stores the audio before the item, so that fsck finds what a crash leaves behind.
 *
 * bytes  undefined for a clip whose audio isn't kept
 */
export async function storeClip(services: Stores, clip: Clip, bytes: Uint8Array | undefined): Promise<void> {
  const { registryId, uid, clipId } = clip;
  const audioVersion = bytes && (await services.clips.put(registryId, uid, clipId, bytes));
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

/**
 * Call after the commit that lists the clip: restores what a concurrent deletion removed.
 *
 * bytes  undefined for a clip whose audio isn't kept
 */
export async function keepClip(services: Stores, clip: Clip, bytes: Uint8Array | undefined): Promise<void> {
  for (let checks = 0; checks < MOST_CHECKS; checks++) {
    if ((await isComplete(services, clip, bytes)) || !(await listingOf(services, clip))) {
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

/** Removes a clip unless its speaker lists it, and its audio unless the speaker keeps it. */
export async function dropClip(services: Stores, place: Place): Promise<void> {
  const { registryId, uid, clipId } = place;
  const item = await services.speakers.getClip(registryId, uid, clipId);
  const bytes = await readAudio(services, item ?? place);
  const listed = await listingOf(services, item);
  if (listed && keepsAudio(listed)) return;
  if (item && !listed) await services.speakers.removeClip(registryId, uid, clipId);
  if (bytes) await services.clips.remove(registryId, uid, clipId);
  const latest = item ?? (await services.speakers.getClip(registryId, uid, clipId));
  const listedNow = await listingOf(services, latest);
  if (!latest || !listedNow) return;
  const back = keepsAudio(listedNow) ? (bytes ?? (await readAudio(services, latest))) : undefined;
  if (back || !keepsAudio(listedNow)) await keepClip(services, latest, back);
  else if (item) await services.speakers.putClip(item);
}

export const keepsAudio = ({ audioKept }: Pick<ListedClip, "audioKept">): boolean => audioKept !== false;

/** The clip's entry in the speaker's list. Undefined for no item: a commit needs the item first. */
export async function listingOf(services: Stores, item: Clip | undefined): Promise<ListedClip | undefined> {
  if (!item) return undefined;
  const speaker = await services.speakers.get(item.registryId, item.speakerId);
  if (speaker?.uid !== item.uid) return undefined;
  return speaker.clips.find((listed) => listed.clipId === item.clipId);
}

/** True if the item is stored, and the audio that it names unless `bytes` is undefined. */
async function isComplete(
  { clips, speakers }: Stores,
  { registryId, uid, clipId }: Place,
  bytes: Uint8Array | undefined,
): Promise<boolean> {
  const item = await speakers.getClip(registryId, uid, clipId);
  return item !== undefined && (!bytes || clips.has(registryId, uid, clipId, item.audioVersion));
}
