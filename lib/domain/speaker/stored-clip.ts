import { createHash } from "node:crypto";
import { type ClipId, makeId, type SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip } from "../../ports/speaker.ts";
import { sha256Of } from "../../sha256.ts";

/*
 * Enroll and delete of one and the same audio may overlap. A clip is its item and its audio; the item names the audio's version,
 * where the store keeps versions, and the clip is whole while that version is there.
 *   enroll:  put audio, put item,  list it in the speaker (commit), look, put both again if it is listed and not whole;
 *   delete: unlist it (commit), read, remove what was read,        look, put both back  if it is listed and not whole.
 * A removal takes every version. One before enroll's look is seen there; one after it comes after the commit, and delete sees
 * that. Whoever puts both looks again: audio that is put back has another version, and an item that comes late may name one
 * that was removed meanwhile. So a listed clip keeps its item and the audio that it names, whoever was first.
 */

type Stores = Pick<Services, "clips" | "speakers">;
type Place = Pick<Clip, "clipId" | "registryId" | "uid">;

/** Each after the first follows on another's removal. */
const LOOKS = 8;

/** The same audio of the same speaker has the same id, however often it is sent. */
export const clipIdOf = (uid: SpeakerUid, audioSha256: string): ClipId =>
  makeId("clp", createHash("sha256").update(uid).update(audioSha256, "hex").digest().subarray(0, 16));

/** Is this the recording that was enrolled, byte for byte? */
export const isRecording = (bytes: Uint8Array, audioSha256: string): boolean =>
  sha256Of(bytes) === audioSha256;

/** Audio before item, so that whatever a crash leaves behind shows in the list of the audio (fsck.ts). */
export async function storeClip(services: Stores, clip: Clip, bytes: Uint8Array): Promise<void> {
  const audioVersion = await services.clips.put(clip.registryId, clip.uid, clip.clipId, bytes);
  await services.speakers.putClip({ ...clip, audioVersion });
}

/**
 * The version that the item names, whatever was written over it; where that is gone, what stands: an item that was written beside a
 * deletion may name the version before it. It is for the caller to see by its sha256 that it is the same audio.
 */
export async function readAudio(
  { clips }: Pick<Services, "clips">,
  { registryId, uid, clipId, audioVersion }: Place & Partial<Pick<Clip, "audioVersion">>,
): Promise<Uint8Array | undefined> {
  const pinned = audioVersion && (await clips.get(registryId, uid, clipId, audioVersion));
  return pinned || clips.get(registryId, uid, clipId);
}

/** After a commit that lists the clip. */
export async function keepClip(services: Stores, clip: Clip, bytes: Uint8Array): Promise<void> {
  for (let looks = 0; looks < LOOKS; looks++) {
    if ((await isWhole(services, clip)) || !(await isListed(services, clip))) {
      // Erased or opted out since a look that put it: voice data must not come back.
      if (looks > 0) await dropClip(services, clip);
      return;
    }
    await storeClip(services, clip, bytes);
  }
  await dropClip(services, clip);
}

/** Makes the recording that was enrolled what was put last; false where it is gone. */
export async function putBack(services: Stores, { registryId, uid, clipId }: Place): Promise<boolean> {
  const item = await services.speakers.getClip(registryId, uid, clipId);
  const bytes = item && (await readAudio(services, item));
  if (!bytes || !isRecording(bytes, item.audioSha256)) return false;
  await storeClip(services, item, bytes);
  // Where it was taken out meanwhile.
  await dropClip(services, item);
  return true;
}

/** Removes a clip that its speaker does not list; one that it lists stays as it is. */
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

/** False for no item: what is not stored cannot have been committed. */
export async function isListed(services: Stores, item: Clip | undefined): Promise<boolean> {
  if (!item) return false;
  const speaker = await services.speakers.get(item.registryId, item.speakerId);
  return speaker?.uid === item.uid && speaker.clips.some((listed) => listed.clipId === item.clipId);
}

/** The item stands, and the audio that it names. */
async function isWhole({ clips, speakers }: Stores, { registryId, uid, clipId }: Place): Promise<boolean> {
  const item = await speakers.getClip(registryId, uid, clipId);
  return item !== undefined && clips.has(registryId, uid, clipId, item.audioVersion);
}
