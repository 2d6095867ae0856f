import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationAdvice } from "../../schema/calibration.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";

/** Labeled voices that a first calibration needs, and the clips of each. */
export const FIRST_CALIBRATION = { speakers: 20, clipsEach: 3 } as const;
/** Looking further would take seconds in a large registry of single clips. */
const MOST_LOOKED = 2000;

/**
 * Returns how far a registry without a calibration of its own is from its first one; null if one is
 * in force. Speakers count if they have two clips of the running model or more, up to the number
 * needed.
 */
export async function calibrationAdvice(
  services: Pick<Services, "active" | "embedder" | "speakers">,
  { registryId }: { registryId: RegistryId },
): Promise<CalibrationAdvice | null> {
  const { modelId } = services.embedder.model;
  const active = await services.active.get(registryId, modelId);
  if (active?.activeCalibration) return null;
  const { speakers: needed, clipsEach } = FIRST_CALIBRATION;
  const usable = await usableSpeakers(services, registryId, needed);
  const missing = needed - usable;
  const text =
    missing > 0
      ? `The thresholds come with the model. Enroll ${missing} more speakers with ${clipsEach} clips or more each, ` +
        "then calibrate: POST /calibrations, or voiceroll calibrate --activate."
      : "The thresholds come with the model. There are enough voices to calibrate: POST /calibrations, or " +
        "voiceroll calibrate --activate. It takes seconds.";
  return { usableSpeakers: usable, neededSpeakers: needed, clipsEach, text };
}

async function usableSpeakers(
  services: Pick<Services, "embedder" | "speakers">,
  registryId: RegistryId,
  needed: number,
): Promise<number> {
  const { modelId } = services.embedder.model;
  let usable = 0;
  let looked = 0;
  for await (const speaker of everySpeaker(services, registryId)) {
    if (!speaker.optedOut && speaker.modelId === modelId && speaker.clips.length >= 2) usable++;
    if (usable >= needed || ++looked >= MOST_LOOKED) break;
  }
  return usable;
}
