import { AppError } from "../../error.ts";
import type { ClipId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, ListedClip, Speaker } from "../../ports/speaker.ts";
import { addFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import { untilCommitted } from "../commit.ts";
import { activeCohort } from "../scoring/setup.ts";
import { isRecording, readAudio } from "../speaker/stored-clip.ts";
import { emptySum, withVoiceprint } from "../speaker/voiceprint.ts";

type Needs = Pick<Services, "active" | "clips" | "clock" | "cohorts" | "embedder" | "random" | "speakers">;

/**
 * `no-voice`: this model hears too little speech in it, or no sound clip at all. `no-audio`: it came without a recording,
 * as an embedding; `missing-audio`: the store has lost the recording.
 */
export type ClipLoss = {
  clipId: ClipId;
  why: "audio-changed" | "missing-audio" | "missing-clip-item" | "no-audio" | "no-voice";
};

type Reembedded = { embedding: Int32Array } | { why: ClipLoss["why"] };

/**
 * The voiceprint anew, by this model, of all listed clips: items and speaker change in one write, over the version that
 * was read. Neither where one clip is lost; nothing happens to one that is of this model by now, or gone.
 *
 * returns how many clips it was rebuilt from, and which were lost
 */
export async function reembedSpeaker(
  services: Needs,
  { registryId, speakerId }: Pick<Speaker, "registryId" | "speakerId">,
): Promise<{ rebuilt: number; lost: readonly ClipLoss[] }> {
  const { model } = services.embedder;
  const cohort = await activeCohort(services, registryId);
  // A lost race reads the speaker again; it never hears a clip twice.
  const known = new Map<ClipId, Reembedded>();
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
      const embedded = known.get(clipId) ?? (await reembedRecording(services, listed, item));
      known.set(clipId, embedded);
      if ("why" in embedded || !item) {
        lost.push({ clipId, why: "why" in embedded ? embedded.why : "missing-clip-item" });
        continue;
      }
      sum = addFixed(sum, embedded.embedding, 1);
      items.push({ ...item, modelId: model.modelId, embedding: embedded.embedding });
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
  { audioSha256, audioKept }: ListedClip,
  item: Clip | undefined,
): Promise<Reembedded> {
  if (!item) return { why: "missing-clip-item" };
  if (audioKept === false) return { why: "no-audio" };
  const bytes = await readAudio(services, item);
  if (!bytes) return { why: "missing-audio" };
  if (!isRecording(bytes, audioSha256)) return { why: "audio-changed" };
  const { mediaType, channel } = item;
  try {
    const { embedding } = await services.embedder.embed({ bytes, mediaType, channel });
    return embedding ? { embedding: toFixed(embedding) } : { why: "no-voice" };
  } catch (error) {
    if (error instanceof AppError && error.slug.startsWith("audio-")) return { why: "no-voice" };
    throw error;
  }
}
