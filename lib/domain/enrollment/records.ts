import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import { addFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { clipIdOf } from "../speaker/stored-clip.ts";
import { emptySum, withVoiceprint } from "../speaker/voiceprint.ts";
import type { EnrollClip } from "./clips.ts";
import type { SimilarSpeaker } from "./similar-speakers.ts";

/**
 * Details of the speaker that an enrollment may set; undefined keeps the stored value.
 *
 * keepAudio  false: the recordings of these clips are not stored
 * expiresAt  the speaker's own expiry
 */
export type EnrollDetails = {
  name?: string | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
  consent?: string | undefined;
  keepAudio?: boolean | undefined;
  expiresAt?: string | undefined;
};

/** A clip to enroll, and the other speakers that it sounds like. */
export type ClipToStore = EnrollClip & { similar: readonly SimilarSpeaker[] };

/**
 * The stored form of a clip, before its audio has a version.
 *
 * enrolledBy  the mark of the request
 */
export function clipItem(
  services: Pick<Services, "clock" | "embedder">,
  { registryId, speakerId, uid }: Speaker,
  clip: ClipToStore,
  enrolledBy?: string,
): Clip {
  return {
    registryId,
    speakerId,
    uid,
    clipId: clipIdOf(uid, clip.audioSha256),
    audioSha256: clip.audioSha256,
    embedding: toFixed(clip.embedding),
    modelId: services.embedder.model.modelId,
    quality: clip.quality,
    warnings: [...clip.warnings, ...(clip.similar.length > 0 ? ["similar-to-other-speaker"] : [])],
    mediaType: clip.input.mediaType,
    channel: clip.input.channel,
    audioVersion: undefined,
    enrolledBy,
    createdAt: services.clock.now().toISOString(),
    fingerprint: clip.fingerprint,
  };
}

/** The speaker's next version, with the items added to its sum and its clip list. */
export function withNewClips(
  services: Pick<Services, "clock" | "embedder">,
  details: EnrollDetails,
  speaker: Speaker,
  items: readonly Clip[],
  cohort: Cohort,
): Speaker {
  const sum = items.reduce(
    (total, item) => addFixed(total, item.embedding, 1),
    speaker.clips.length > 0 ? speaker.sum : emptySum(services.embedder.model.dimension),
  );
  const listed = items.map(({ clipId, audioSha256, quality }) => ({
    clipId,
    audioSha256,
    speechSeconds: quality.speechSeconds,
    bandwidth: quality.bandwidth,
    ...(details.keepAudio === false ? { audioKept: false as const } : {}),
  }));
  const now = services.clock.now().toISOString();
  const next = {
    ...speaker,
    name: details.name ?? speaker.name,
    metadata: details.metadata ?? speaker.metadata,
    consent: details.consent ?? speaker.consent,
    modelId: services.embedder.model.modelId,
    version: speaker.version + 1,
    updatedAt: now,
    enrolledAt: now,
    ...(details.expiresAt ? { expiresAt: details.expiresAt } : {}),
  };
  return withVoiceprint(next, { sum, clips: [...speaker.clips, ...listed] }, cohort);
}
