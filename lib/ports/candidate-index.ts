import type { SpeakerId, SpeakerUid } from "../id.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import type { GalleryPlace } from "./gallery.ts";

export type Neighbor = { uid: SpeakerUid; speakerId: SpeakerId };
export type IndexedVoice = Neighbor & { voice: UnitVector };

/**
 * An approximate index of voiceprints, for registries that don't fit into the memory of a process.
 *
 * It may miss neighbors and may still return voices that were changed or removed, so a gallery
 * reads every neighbor again. Every adapter passes test/contract/candidate-index.ts.
 */
export type CandidateIndex = {
  /** The most neighbors that one call returns. */
  readonly most: number;
  /** Milliseconds after which a write that resolved is visible to `nearest`. 0: at once */
  readonly visibleAfterMs: number;
  /** The neighbors with the highest cosines, at most `count`, which is at most `most`. */
  nearest(place: GalleryPlace, voice: UnitVector, count: number): Promise<readonly Neighbor[]>;
  /** Adds voices, and replaces those with the same uid. Durable when it resolves. */
  put(place: GalleryPlace, voices: readonly IndexedVoice[]): Promise<void>;
  /** Ignores voices that aren't there. */
  remove(place: GalleryPlace, uids: readonly SpeakerUid[]): Promise<void>;
  /** Rejects with a RangeError that says what to do, if the index can't be used. */
  check(dimension: number): Promise<void>;
};
