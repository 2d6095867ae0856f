import type { RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { methodOf } from "../../score/scoring/calibration.ts";
import { topWithout } from "../../score/scoring/norm.ts";
import type { ScoringSetup } from "./setup.ts";
import { enrolledSide, type Side, statsFor } from "./side.ts";
import { scoreTrial, type Trial } from "./trial.ts";

export type Candidate = Trial & { speaker: Speaker };

/** Asked of the gallery beyond `count`: it may still hold speakers that were erased a moment ago. */
const SPARE = 6;

/**
 * The voices of the registry nearest to the probe, best first, as the store has them now: nobody who was erased or
 * has opted out is ever returned.
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
  const asked = hits.map(({ speakerId }) => speakerId);
  const speakers = await services.speakers.getMany(registryId, asked);
  const ranked = speakers
    .flatMap((speaker, i) => (speaker?.uid === hits[i].uid && speaker.clips.length > 0 ? [speaker] : []))
    .filter((speaker) => !speaker.optedOut && speaker.modelId === modelId)
    .map((speaker) => ({
      speaker,
      ...scoreTrial(setup, trialOf(setup, speaker, probe), undefined),
    }))
    .sort((a, b) => b.score.value - a.score.value);
  return { ranked, searched };
}

/** As `verify` would have it: neither side is normalized by the candidate's own row in the cohort. */
function trialOf(setup: ScoringSetup, speaker: Speaker, probe: Side): { enrolled: Side; probe: Side } {
  const enrolled = enrolledSide(setup, speaker);
  if (!setup.cohort.owners?.includes(speaker.uid)) return { enrolled, probe };
  return { enrolled, probe: { ...probe, stats: statsFor(setup, probe.voice, speaker.uid) } };
}
