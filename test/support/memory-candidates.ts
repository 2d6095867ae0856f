import type { SpeakerId, SpeakerUid } from "../../lib/id.ts";
import type { CandidateIndex } from "../../lib/ports/candidate-index.ts";
import type { GalleryPlace } from "../../lib/ports/gallery.ts";
import type { ExactVectors } from "./exact-vectors.ts";

const spaceOf = ({ registryId, modelId }: GalleryPlace) => `${registryId}/${modelId}`;

/** A candidate index in memory. */
export function memoryCandidates(
  vectors: ExactVectors,
  { most = 10_000, visibleAfterMs = 0 } = {},
): CandidateIndex {
  return {
    most,
    visibleAfterMs,
    nearest: async (place, voice, count) =>
      vectors.search(spaceOf(place), Array.from(voice), count).map(({ key, data }) => ({
        uid: key as SpeakerUid,
        speakerId: data as SpeakerId,
      })),
    async put(place, voices) {
      for (const { uid, speakerId, voice } of voices)
        vectors.put(spaceOf(place), { key: uid, vector: Array.from(voice), data: speakerId });
    },
    async remove(place, uids) {
      for (const uid of uids) vectors.remove(spaceOf(place), uid);
    },
    async check() {},
  };
}
