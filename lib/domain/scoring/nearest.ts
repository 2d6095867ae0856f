import type { RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { methodOf } from "../../score/scoring/calibration.ts";
import { topWithout } from "../../score/scoring/norm.ts";
import type { ScoringSetup } from "./setup.ts";
import { enrolledSide, type Side, statsFor } from "./side.ts";
import { scoreTrial, type Trial } from "./trial.ts";

export type Candidate = Trial & { speaker: Speaker };

/** Extra hits to request from the gallery, which may still hold speakers erased a moment ago. */
const SPARE = 6;

/**
 * The speakers of the registry nearest to the probe, best score first. The gallery's hits are
 * checked against the store, so erased and opted-out speakers are never returned.
 *
 * within    search these speakers only
 * searched  how many voiceprints the gallery compared
 */
export async function nearest(
  services: Pick<Services, "embedder" | "gallery" | "speakers">,
  setup: ScoringSetup,
  registryId: RegistryId,
  probe: Side,
  count: number,
  within?: ReadonlySet<SpeakerId>,
): Promise<{ ranked: readonly Candidate[]; searched: number }> {
  const { modelId } = services.embedder.model;
  const { calibration, cohort } = setup;
  const { voice } = probe;
  const stats = methodOf(calibration) === "cosine" ? undefined : probe.stats;
  const without = stats && topWithout(voice, cohort);
  const { hits, searched } = await services.gallery.search(
    registryId,
    { modelId, cohort, embedding: voice, stats, without },
    count + SPARE,
    within,
  );
  const ids = hits.map(({ speakerId }) => speakerId);
  const speakers = await services.speakers.getMany(registryId, ids);
  const ranked = speakers
    .flatMap((speaker, i) => (speaker && speaker.uid === hits[i]?.uid ? [speaker] : []))
    .filter(({ clips, optedOut }) => clips.length > 0 && !optedOut)
    .filter((speaker) => speaker.modelId === modelId)
    .map((speaker) => ({
      speaker,
      ...scoreTrial(setup, sidesOf(setup, speaker, probe), undefined),
    }))
    .sort((a, b) => b.score.value - a.score.value);
  return { ranked, searched };
}

/** Like `verify`, leaves the candidate's own cohort row out of the statistics of both sides. */
function sidesOf(setup: ScoringSetup, speaker: Speaker, probe: Side): { enrolled: Side; probe: Side } {
  const enrolled = enrolledSide(setup, speaker);
  if (!setup.cohort.owners?.includes(speaker.uid)) return { enrolled, probe };
  return { enrolled, probe: { ...probe, stats: statsFor(setup, probe.voice, speaker.uid) } };
}
