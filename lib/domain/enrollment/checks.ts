import { AppError } from "../../error.ts";
import type { SpeakerId } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, ListedClip, Speaker } from "../../ports/speaker.ts";
import { addFixed, fromFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import { cosine, type UnitVector } from "../../score/scoring/vector.ts";
import { requireModel } from "../scoring/model-check.ts";
import { SAME_RECORDING_COSINE } from "../scoring/probe-quality.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { bandwidthOf, probeSide } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { isOtherVoice, scoreTrial, usualMethod } from "../scoring/trial.ts";
import { listedClips } from "../speaker/listed-clips.ts";
import type { EnrollClip } from "./clips.ts";

/**
 * A clip is refused when it is ten times likelier to be another voice than the speaker's (and
 * misses the loose threshold of `isOtherVoice`). In likelihood ratios it holds for every model,
 * method and duration; `force` is for a person with a cold.
 */
const INCONSISTENT_LLR = -Math.log(10);

export const MAX_CLIPS = 50;

/** What a speaker's record alone refuses; undefined is a speaker yet to be made. */
export function refuseSpeaker(
  services: Pick<Services, "embedder">,
  input: { speakerId: SpeakerId; clips: readonly unknown[]; consent?: string | undefined },
  registry: Registry,
  speaker: Speaker | undefined,
): void {
  if (speaker?.optedOut)
    throw new AppError("speaker-opted-out", `${input.speakerId} has opted out and is not enrolled.`);
  if (registry.settings.consentRequired && !input.consent && !speaker?.consent)
    throw new AppError("consent-required", "This registry enrolls with consent only; send `consent`.");
  if (!speaker) return;
  requireModel(services, speaker);
  if (speaker.clips.length + input.clips.length > MAX_CLIPS)
    throw new AppError(
      "clip-limit-reached",
      `${input.speakerId} has ${speaker.clips.length} clips and may have ${MAX_CLIPS}; delete some first.`,
    );
}

/** What the speaker's other clips refuse. */
export async function refuseUnfit(
  services: Pick<Services, "speakers">,
  setup: ScoringSetup,
  speaker: Speaker,
  clips: readonly EnrollClip[],
  force: boolean | undefined,
): Promise<void> {
  refuseDuplicates(speaker, await listedClips(services, speaker), clips);
  if (!force) refuseInconsistent(setup, speaker, clips);
}

/**
 * The same recording counts once: same bytes, or a copy that gives the same voice to within
 * rounding.
 */
function refuseDuplicates(speaker: Speaker, stored: readonly Clip[], clips: readonly EnrollClip[]): void {
  const hashes = new Set(speaker.clips.map((clip) => clip.audioSha256));
  const voices: UnitVector[] = stored.map((clip) => fromFixed(clip.embedding));
  for (const [i, clip] of clips.entries()) {
    if (hashes.has(clip.audioSha256) || voices.some((v) => cosine(v, clip.embedding) > SAME_RECORDING_COSINE))
      throw new AppError(
        "duplicate-clip",
        `Clip ${i + 1} of ${clips.length} is a recording that ${speaker.speakerId} already has; record a new one.`,
      );
    voices.push(clip.embedding);
  }
}

/** Each clip against the voiceprint of the clips before it, stored or in this request. */
function refuseInconsistent(setup: ScoringSetup, speaker: Speaker, clips: readonly EnrollClip[]): void {
  let { sum } = speaker;
  let before: readonly Pick<ListedClip, "bandwidth" | "speechSeconds">[] = speaker.clips;
  for (const [i, clip] of clips.entries()) {
    const speechSeconds = speechOf(before);
    if (speechSeconds > 0) {
      const own = { speechSeconds, bandwidth: bandwidthOf(before) };
      const enrolled = probeSide(setup, fromFixed(sum), own, speaker.uid);
      const probe = probeSide(setup, clip.embedding, clip.quality, speaker.uid);
      const { score, line, table } = scoreTrial(setup, { enrolled, probe }, usualMethod(setup));
      if (table && isOtherVoice(table, { value: score.value, line }, INCONSISTENT_LLR))
        throw new AppError(
          "enrollment-inconsistent",
          `Clip ${i + 1} of ${clips.length} does not sound like ${speaker.speakerId}'s other clips. ` +
            "Check who is speaking, or send `force: true`.",
        );
    }
    sum = addFixed(sum, toFixed(clip.embedding), 1);
    before = [...before, clip.quality];
  }
}
