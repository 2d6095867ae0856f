import type { Quality } from "../../audio/types.ts";
import type { Model } from "../../ports/model.ts";
import type { RegistrySettings } from "../../ports/registry.ts";
import type { Clip, ListedClip, Speaker } from "../../ports/speaker.ts";
import type { QualityView } from "../../schema/measures.ts";
import type { ClipView, SpeakerStatus, SpeakerView } from "../../schema/speaker.ts";
import { expiryOf } from "../expiry.ts";
import { roundToMillis, speechOf } from "../scoring/speech.ts";
import { keepsAudio } from "./stored-clip.ts";

/** A speaker as the API shows it, without biometric data. */
export function speakerView(speaker: Speaker, settings: RegistrySettings, model: Model): SpeakerView {
  const speechSeconds = speechOf(speaker.clips);
  return {
    id: speaker.speakerId,
    uid: speaker.uid,
    status: statusOf(speaker, settings, model),
    name: speaker.name ?? null,
    metadata: speaker.metadata,
    clips: speaker.clips.length,
    speechSeconds,
    remainingSpeechSeconds: roundToMillis(Math.max(0, settings.enrollSpeechSeconds - speechSeconds)),
    cohesion: cohesionOf(speaker),
    model: speaker.modelId,
    version: speaker.version,
    createdAt: speaker.createdAt,
    updatedAt: speaker.updatedAt,
    expiresAt: expiryOf(speaker, settings) ?? null,
  };
}

export const clipView = (clip: Clip, listed: Pick<ListedClip, "audioKept">): ClipView => ({
  id: clip.clipId,
  quality: qualityView(clip.quality),
  warnings: clip.warnings,
  recording: keepsAudio(listed),
  createdAt: clip.createdAt,
});

export const qualityView = (quality: Quality): QualityView => ({
  ...quality,
  levelDb: quality.levelDb ?? null,
  snrDb: quality.snrDb ?? null,
});

export function statusOf(speaker: Speaker, settings: RegistrySettings, model: Model): SpeakerStatus {
  if (speaker.optedOut) return "opted-out";
  if (speaker.clips.length > 0 && speaker.modelId !== model.modelId) return "needs-reenrollment";
  return speechOf(speaker.clips) >= settings.enrollSpeechSeconds ? "enrolled" : "enrolling";
}

/**
 * Mean cosine between the clips and the voiceprint, computed from the sum alone: with unit clips
 * e_i, sum S and voiceprint S/|S|, mean(e_i . S/|S|) = (S . S)/(n |S|) = |S|/n.
 */
function cohesionOf(speaker: Speaker): number | null {
  if (speaker.clips.length < 2) return null;
  const length = Math.hypot(...speaker.sum) / 2 ** 28;
  return Math.min(1, length / speaker.clips.length);
}
