import { storedFingerprint } from "../../audio/features/fingerprint.ts";
import { AppError } from "../../error.ts";
import type { ClipId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, ListedClip, Speaker } from "../../ports/speaker.ts";
import { addFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import { untilCommitted } from "../commit.ts";
import { activeCohort } from "../scoring/setup.ts";
import { isRecording, keepsAudio, readAudio } from "../speaker/stored-clip.ts";
import { emptySum, withVoiceprint } from "../speaker/voiceprint.ts";

type Needs = Pick<Services, "active" | "clips" | "clock" | "cohorts" | "embedder" | "random" | "speakers">;

/**
 * `no-voice`: the model finds too little speech in the clip, or can't decode it. `no-audio`: the
 * recording was not kept, or only an embedding was imported. `missing-audio`: the store has lost
 * the recording.
 */
export type ClipLoss = {
  clipId: ClipId;
  why: "audio-changed" | "missing-audio" | "missing-clip-item" | "no-audio" | "no-voice";
};

type Reembedded = Pick<Clip, "embedding" | "fingerprint"> | { why: ClipLoss["why"] };

/**
 * Rebuilds a voiceprint with the running model from the recordings of all listed clips. Clips and
 * speaker change in one write, and only if no clip is lost. Does nothing if the speaker is gone or
 * already of this model.
 *
 * returns how many clips the voiceprint was rebuilt from, and which clips were lost
 */
export async function reembedSpeaker(
  services: Needs,
  { registryId, speakerId }: Pick<Speaker, "registryId" | "speakerId">,
): Promise<{ rebuilt: number; lost: readonly ClipLoss[] }> {
  const { model } = services.embedder;
  const cohort = await activeCohort(services, registryId);
  // Kept across attempts: after a write conflict no clip is embedded again.
  const done = new Map<ClipId, Reembedded>();
  return untilCommitted(services, async () => {
    const speaker = await services.speakers.get(registryId, speakerId);
    if (!speaker || speaker.modelId === model.modelId) return { rebuilt: 0, lost: [] };
    const stored = await services.speakers.clips(registryId, speaker.uid);
    const byId = new Map(stored.map((item) => [item.clipId, item]));
    let sum = emptySum(model.dimension);
    const items: Clip[] = [];
    const lost: ClipLoss[] = [];
    for (const listed of speaker.clips) {
      const { clipId } = listed;
      const item = byId.get(clipId);
      const embedded = done.get(clipId) ?? (await reembedRecording(services, listed, item));
      done.set(clipId, embedded);
      if ("why" in embedded || !item) {
        lost.push({ clipId, why: "why" in embedded ? embedded.why : "missing-clip-item" });
        continue;
      }
      sum = addFixed(sum, embedded.embedding, 1);
      items.push({ ...item, ...embedded, modelId: model.modelId });
    }
    if (lost.length > 0 || items.length === 0) return { rebuilt: 0, lost };
    const updatedAt = services.clock.now().toISOString();
    const next = { ...speaker, modelId: model.modelId, version: speaker.version + 1, updatedAt };
    await services.speakers.putWithClips(withVoiceprint(next, { sum, clips: speaker.clips }, cohort), items);
    return { rebuilt: items.length, lost };
  });
}

async function reembedRecording(
  services: Needs,
  listed: ListedClip,
  item: Clip | undefined,
): Promise<Reembedded> {
  if (!item) return { why: "missing-clip-item" };
  if (!keepsAudio(listed)) return { why: "no-audio" };
  const bytes = await readAudio(services, item);
  if (!bytes) return { why: "missing-audio" };
  if (!isRecording(bytes, listed.audioSha256)) return { why: "audio-changed" };
  const { mediaType, channel } = item;
  try {
    const { embedding, fingerprint } = await services.embedder.embed({ bytes, mediaType, channel });
    if (!embedding) return { why: "no-voice" };
    return { embedding: toFixed(embedding), fingerprint: storedFingerprint(fingerprint) };
  } catch (error) {
    if (error instanceof AppError && error.slug.startsWith("audio-")) return { why: "no-voice" };
    throw error;
  }
}
