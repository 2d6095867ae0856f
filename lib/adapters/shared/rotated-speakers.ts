import { AppError } from "../../error.ts";
import type { RegistryId } from "../../id.ts";
import type { Clip, Speaker, SpeakerStore } from "../../ports/speaker.ts";
import type { Templates } from "./templates.ts";

/** A backend's speakers, with their vectors as they are stored. */
export type StoredSpeakers = Omit<SpeakerStore, "renew">;

/** A commit can hold the speaker, its change and this many clip items on every backend. */
const CLIPS_OF_COMMIT = 90;
const MOST_ATTEMPTS = 3;

/** Returns a function that takes the rotation off a clip as it is stored. */
export const plainClips =
  (templates: Templates) =>
  async ({ templateGeneration = 0, ...clip }: Clip): Promise<Clip> => {
    const rotation = await templates.rotation(clip.registryId, templateGeneration, clip.embedding.length);
    return { ...clip, embedding: Int32Array.from(rotation.undo(clip.embedding)) };
  };

/**
 * Rotates the vectors of speakers and clip items when they are stored, and back when they are read.
 * Each stored record names the generation of its key, so records of several generations can be read
 * while a registry's are renewed.
 */
export function rotatedSpeakers(stored: StoredSpeakers, templates: Templates): SpeakerStore {
  const plainSpeaker = async ({ templateGeneration = 0, ...speaker }: Speaker): Promise<Speaker> => {
    const rotation = await templates.rotation(speaker.registryId, templateGeneration, speaker.sum.length);
    return { ...speaker, sum: rotation.undo(speaker.sum) };
  };
  const plainClip = plainClips(templates);
  const rotatedSpeaker = async (speaker: Speaker, generation: number): Promise<Speaker> => {
    if (generation === 0) return speaker;
    const rotation = await templates.rotation(speaker.registryId, generation, speaker.sum.length);
    return { ...speaker, sum: rotation.apply(speaker.sum), templateGeneration: generation };
  };
  const rotatedClip = async (clip: Clip, generation: number): Promise<Clip> => {
    if (generation === 0) return clip;
    const rotation = await templates.rotation(clip.registryId, generation, clip.embedding.length);
    const embedding = Int32Array.from(rotation.apply(clip.embedding));
    return { ...clip, embedding, templateGeneration: generation };
  };

  /** A backend can reject a write under a generation that was replaced since it was read. */
  async function written<T>(registryId: RegistryId, write: (generation: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const { generation } = await templates.state(registryId);
      try {
        return await write(generation);
      } catch (error) {
        if (!(error instanceof AppError) || error.slug !== "write-contention") throw error;
        const replaced = (await templates.state(registryId)).generation !== generation;
        if (!replaced || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  const putWithClips: SpeakerStore["putWithClips"] = (speaker, clips) =>
    written(speaker.registryId, async (generation) => {
      const rotated = await Promise.all(clips.map((clip) => rotatedClip(clip, generation)));
      return stored.putWithClips(await rotatedSpeaker(speaker, generation), rotated);
    });

  return {
    ...stored,
    async get(registryId, speakerId) {
      const speaker = await stored.get(registryId, speakerId);
      return speaker && plainSpeaker(speaker);
    },
    async getMany(registryId, speakerIds) {
      const found = await stored.getMany(registryId, speakerIds);
      return Promise.all(found.map((speaker) => speaker && plainSpeaker(speaker)));
    },
    put: (speaker, outgoing) =>
      written(speaker.registryId, async (generation) =>
        stored.put(await rotatedSpeaker(speaker, generation), outgoing),
      ),
    putWithClips,
    async list(registryId, after, limit) {
      const { items, next } = await stored.list(registryId, after, limit);
      return { items: await Promise.all(items.map(plainSpeaker)), next };
    },
    putClip: (clip) =>
      written(clip.registryId, async (generation) => stored.putClip(await rotatedClip(clip, generation))),
    async getClip(registryId, uid, clipId) {
      const clip = await stored.getClip(registryId, uid, clipId);
      return clip && plainClip(clip);
    },
    async clips(registryId, uid) {
      return Promise.all((await stored.clips(registryId, uid)).map(plainClip));
    },
    async renew(registryId, speakerId) {
      const { generation } = await templates.state(registryId);
      const speaker = await stored.get(registryId, speakerId);
      if (!speaker) return false;
      const clips = await stored.clips(registryId, speaker.uid);
      const isOld = (record: Clip | Speaker) => (record.templateGeneration ?? 0) !== generation;
      const old = clips.filter(isOld);
      if (!isOld(speaker) && old.length === 0) return false;
      // Each part is a commit, because only a commit fails if the speaker was erased meanwhile.
      const plain = await plainSpeaker(speaker);
      for (let at = 0, { version } = plain; at === 0 || at < old.length; at += CLIPS_OF_COMMIT) {
        const part = await Promise.all(old.slice(at, at + CLIPS_OF_COMMIT).map(plainClip));
        version += 1;
        await putWithClips({ ...plain, version }, part);
      }
      return true;
    },
  };
}
