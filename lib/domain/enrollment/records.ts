import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import { addFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { clipIdOf } from "../speaker/stored-clip.ts";
import { emptySum, withVoiceprint } from "../speaker/voiceprint.ts";
import type { EnrollClip } from "./clips.ts";
import type { SimilarSpeaker } from "./similar-speakers.ts";

/** What an enrollment may say about the speaker; what it leaves out stays as it was. */
export type EnrollDetails = {
  name?: string | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
  consent?: string | undefined;
};

export function clipItems(
  services: Pick<Services, "clock" | "embedder">,
  speaker: Speaker,
  clips: readonly EnrollClip[],
  similar: readonly SimilarSpeaker[][],
): Clip[] {
  const { registryId, speakerId, uid } = speaker;
  return clips.map((clip, i) => ({
    registryId,
    speakerId,
    uid,
    clipId: clipIdOf(uid, clip.audioSha256),
    audioSha256: clip.audioSha256,
    embedding: toFixed(clip.embedding),
    modelId: services.embedder.model.modelId,
    quality: clip.quality,
    warnings: [...clip.warnings, ...(similar[i].length > 0 ? ["similar-to-other-speaker"] : [])],
    mediaType: clip.input.mediaType,
    channel: clip.input.channel,
    audioVersion: undefined,
    createdAt: services.clock.now().toISOString(),
  }));
}

/** The speaker's next version, with the items in its sum and on its list. */
export function grown(
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
  }));
  const next = {
    ...speaker,
    name: details.name ?? speaker.name,
    metadata: details.metadata ?? speaker.metadata,
    consent: details.consent ?? speaker.consent,
    modelId: services.embedder.model.modelId,
    version: speaker.version + 1,
    updatedAt: services.clock.now().toISOString(),
  };
  return withVoiceprint(next, { sum, clips: [...speaker.clips, ...listed] }, cohort);
}
