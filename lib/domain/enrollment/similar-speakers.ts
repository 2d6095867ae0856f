import type { RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { openSetPoint } from "../../score/scoring/calibration.ts";
import { type Candidate, nearest } from "../scoring/nearest.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import type { EnrollClip } from "./clips.ts";

export type SimilarSpeaker = { id: SpeakerId; cosine: number };

const MOST_REPORTED = 5;

/** For each clip, who else of the registry already sounds like it, nearest first. */
export function similarSpeakers(
  services: Pick<Services, "embedder" | "gallery" | "speakers">,
  setup: ScoringSetup,
  input: { registryId: RegistryId; speakerId: SpeakerId },
  clips: readonly EnrollClip[],
): Promise<SimilarSpeaker[][]> {
  return Promise.all(
    clips.map(async (clip) => {
      const side = probeSide(setup, clip.embedding, clip.quality);
      const { ranked, searched } = await nearest(services, setup, input.registryId, side, MOST_REPORTED);
      return ranked
        .filter(({ speaker }) => speaker.speakerId !== input.speakerId)
        .filter((candidate) => isSimilar(candidate, searched))
        .slice(0, MOST_REPORTED)
        .map(({ speaker, score }) => ({ id: speaker.speakerId, cosine: score.cosine }));
    }),
  );
}

/**
 * By chance a new voice is reported no more often than the strictest measured FAR, however many are
 * searched: a report names another person, and a large registry would otherwise name one at every
 * enrollment. Where nothing was measured nobody is.
 */
function isSimilar({ score, table }: Candidate, searched: number): boolean {
  const strictest = table?.points[0];
  if (!table || !strictest) return false;
  const point = openSetPoint(table, strictest.far, searched) ?? strictest;
  return score.value >= point.threshold;
}
