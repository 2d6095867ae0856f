import { AppError } from "../../error.ts";
import type { SpeakerId } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { cosine, type UnitVector } from "../../score/scoring/vector.ts";
import { refuseExpired } from "../expiry.ts";
import { requirePurpose } from "../purposes.ts";
import { requireModel } from "../scoring/model-check.ts";
import { SAME_RECORDING_COSINE } from "../scoring/probe-quality.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { listedClips } from "../speaker/listed-clips.ts";
import type { EnrollClip } from "./clips.ts";
import { refuseInconsistent } from "./consistency.ts";

export const MAX_CLIPS = 50;

/**
 * Checks that need only the speaker's record; `speaker` is undefined for a new one.
 *
 * throws `speaker-opted-out`, `speaker-expired`, `consent-required`, `model-mismatch`,
 *        `clip-limit-reached`
 */
export function refuseSpeaker(
  services: Pick<Services, "clock" | "embedder">,
  input: { speakerId: SpeakerId; clips: readonly unknown[]; consent?: string | undefined },
  registry: Registry,
  speaker: Speaker | undefined,
): void {
  if (speaker?.optedOut)
    throw new AppError("speaker-opted-out", `${input.speakerId} has opted out and can't be enrolled.`);
  if (speaker) refuseExpired(services, speaker, registry.settings);
  if (registry.settings.consentRequired && !input.consent && !speaker?.consent)
    throw new AppError("consent-required", "This registry enrolls only with consent. Send `consent`.");
  requirePurpose(speaker, registry.settings, "enroll");
  if (!speaker) return;
  requireModel(services, speaker);
  if (speaker.clips.length + input.clips.length > MAX_CLIPS)
    throw new AppError(
      "clip-limit-reached",
      `${input.speakerId} has ${speaker.clips.length} of at most ${MAX_CLIPS} clips. Delete some clips first.`,
    );
}

/**
 * Checks the clips against the speaker's other clips.
 *
 * force   skip the check that the clips sound like the speaker
 * throws  `duplicate-clip`, `enrollment-inconsistent`
 */
export async function refuseUnfit(
  services: Pick<Services, "calibrations" | "embedder" | "speakers">,
  setup: ScoringSetup,
  speaker: Speaker,
  clips: readonly EnrollClip[],
  force: boolean | undefined,
): Promise<void> {
  refuseDuplicates(speaker, await listedClips(services, speaker), clips);
  if (force) return;
  const bundled = await services.calibrations.bundled(services.embedder.model.modelId);
  refuseInconsistent(setup, bundled, speaker, clips);
}

/** Rejects a recording that the speaker already has, and copies with nearly the same embedding. */
function refuseDuplicates(speaker: Speaker, stored: readonly Clip[], clips: readonly EnrollClip[]): void {
  const hashes = new Set(speaker.clips.map((clip) => clip.audioSha256));
  const voices: UnitVector[] = stored.map((clip) => fromFixed(clip.embedding));
  for (const [i, clip] of clips.entries()) {
    if (hashes.has(clip.audioSha256) || voices.some((v) => cosine(v, clip.embedding) > SAME_RECORDING_COSINE))
      throw new AppError(
        "duplicate-clip",
        `Clip ${i + 1} of ${clips.length} is a recording that ${speaker.speakerId} already has. Send a new recording.`,
      );
    voices.push(clip.embedding);
  }
}
