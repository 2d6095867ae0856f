import type { SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { openSetPoint, pointFor } from "../../score/scoring/calibration.ts";
import { type Candidate, nearest } from "../scoring/nearest.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import { storedConditions } from "../scoring/trial.ts";
import type { SpeakerInput } from "../speaker/speaker.ts";
import type { EnrollClip } from "./clips.ts";

export type SimilarSpeaker = { id: SpeakerId; cosine: number };

const MOST_REPORTED = 5;

/** Other speakers of the registry that the clip sounds like, nearest first. */
export async function similarSpeakers(
  services: Pick<Services, "clock" | "embedder" | "gallery" | "speakers">,
  setup: ScoringSetup,
  input: SpeakerInput,
  clip: Pick<EnrollClip, "embedding" | "quality">,
): Promise<SimilarSpeaker[]> {
  const side = probeSide(setup, clip.embedding, clip.quality);
  const { ranked, searched } = await nearest(services, setup, input.registry, side, MOST_REPORTED);
  return ranked
    .filter(({ speaker }) => speaker.speakerId !== input.speakerId)
    .filter((candidate) => isSimilar(candidate, searched))
    .slice(0, MOST_REPORTED)
    .map(({ speaker, score }) => ({ id: speaker.speakerId, cosine: score.cosine }));
}

/**
 * True above the threshold at which a new voice is reported no more often than the smallest
 * measured FAR, whatever the size of the registry. Each report names another person, and with a
 * fixed threshold a large registry would report one at every enrollment. Always false without a
 * calibration.
 */
function isSimilar({ score, table }: Candidate, searched: number): boolean {
  const strictest = table?.points[0];
  if (!table || !strictest) return false;
  const conditions = storedConditions(score.conditions);
  const point =
    openSetPoint(table, strictest.far, searched, conditions) ?? pointFor(table, strictest.far, conditions);
  return point !== undefined && score.value >= point.threshold;
}
