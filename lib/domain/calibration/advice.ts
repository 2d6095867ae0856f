import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationAdvice } from "../../schema/calibration.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { labeledAdvice } from "./labeled-decisions.ts";

/** Labeled voices that a first calibration needs, and the clips of each. */
export const FIRST_CALIBRATION = { speakers: 20, clipsEach: 3 } as const;
/** Looking further would take seconds in a large registry of single clips. */
const MOST_LOOKED = 2000;

/**
 * Returns how far a registry without a calibration of its own is from its first one, and what its
 * labeled decisions suggest. Null if a calibration of its own is in force and there are too few
 * labels. Speakers count if they have two clips of the running model or more, up to the number
 * needed.
 */
export async function calibrationAdvice(
  services: Pick<Services, "active" | "calibrations" | "cohorts" | "decisions" | "embedder" | "speakers">,
  { registryId }: { registryId: RegistryId },
): Promise<CalibrationAdvice | null> {
  const active = await services.active.get(registryId, services.embedder.model.modelId);
  const isOwn = active?.activeCalibration !== undefined;
  const labeled = await labeledAdvice(services, registryId);
  if (isOwn && !labeled.suggestion) return null;
  const { speakers: needed, clipsEach } = FIRST_CALIBRATION;
  const usable = await usableSpeakers(services, registryId, needed);
  const texts = [
    isOwn ? undefined : firstText(needed - usable),
    labeled.suggestion ? LABELS_TEXT : undefined,
  ];
  const text = texts.filter((one) => one !== undefined).join(" ");
  return { usableSpeakers: usable, neededSpeakers: needed, clipsEach, labeled, text };
}

const firstText = (missing: number): string =>
  missing > 0
    ? `The thresholds come with the model. Enroll ${missing} more speakers with ` +
      `${FIRST_CALIBRATION.clipsEach} clips or more each, ` +
      "then calibrate: POST /calibrations, or voiceroll calibrate --activate."
    : "The thresholds come with the model. There are enough voices to calibrate: POST /calibrations, or " +
      "voiceroll calibrate --activate. It takes seconds.";

const LABELS_TEXT =
  "The labeled decisions suggest a threshold. To fit on them as well: POST /calibrations with `decisions`, or " +
  "voiceroll calibrate --decisions.";

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
