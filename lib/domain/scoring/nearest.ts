import type { SpeakerId } from "../../id.ts";
import type { GalleryHit } from "../../ports/gallery.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { methodOf } from "../../score/scoring/calibration.ts";
import { topWithout } from "../../score/scoring/norm.ts";
import { hasExpired } from "../expiry.ts";
import type { ScoringSetup } from "./setup.ts";
import { enrolledSide, type Side, statsFor } from "./side.ts";
import { scoreTrial, type Trial } from "./trial.ts";

export type Candidate = Trial & { speaker: Speaker };

/** Extra hits to request from the gallery, which may still hold speakers erased a moment ago. */
const SPARE = 6;
/** How many times as many hits to request next, if too few of them may be returned. */
const FACTOR = 8;

/**
 * The speakers of the registry nearest to the probe, best score first. The gallery's hits are
 * checked against the store, so erased, expired and opted-out speakers are never returned.
 *
 * within    search these speakers only
 * searched  how many voiceprints the gallery compared
 */
export async function nearest(
  services: Pick<Services, "clock" | "embedder" | "gallery" | "speakers">,
  setup: ScoringSetup,
  registry: Registry,
  probe: Side,
  count: number,
  within?: ReadonlySet<SpeakerId>,
): Promise<{ ranked: readonly Candidate[]; searched: number }> {
  const { modelId } = services.embedder.model;
  const { calibration, cohort } = setup;
  const { voice } = probe;
  const stats = methodOf(calibration) === "cosine" ? undefined : probe.stats;
  const without = stats && topWithout(voice, cohort);
  const gallery = { modelId, cohort, embedding: voice, stats, without };
  for (let asked = count + SPARE; ; asked *= FACTOR) {
    const { hits, searched } = await services.gallery.search(registry.registryId, gallery, asked, within);
    const speakers = (await enrolledIn(services, registry, hits)).filter((one) => one.modelId === modelId);
    // Many speakers can expire together, and until the next sweep they take the places of others.
    if (speakers.length < count && hits.length === asked) continue;
    const ranked = speakers
      .map((speaker) => ({ speaker, ...scoreTrial(setup, sidesOf(setup, speaker, probe), undefined) }))
      .sort((a, b) => b.score.value - a.score.value);
    return { ranked, searched };
  }
}

/** The speakers of the hits that are still there and haven't expired. */
async function enrolledIn(
  services: Pick<Services, "clock" | "speakers">,
  { registryId, settings }: Registry,
  hits: readonly GalleryHit[],
): Promise<readonly Speaker[]> {
  const ids = hits.map(({ speakerId }) => speakerId);
  const speakers = await services.speakers.getMany(registryId, ids);
  return speakers
    .flatMap((speaker, i) => (speaker && speaker.uid === hits[i]?.uid ? [speaker] : []))
    .filter(({ clips, optedOut }) => clips.length > 0 && !optedOut)
    .filter((speaker) => !hasExpired(services, speaker, settings));
}

/** Like `verify`, leaves the candidate's own cohort row out of the statistics of both sides. */
function sidesOf(setup: ScoringSetup, speaker: Speaker, probe: Side): { enrolled: Side; probe: Side } {
  const enrolled = enrolledSide(setup, speaker);
  if (!setup.cohort.owners?.includes(speaker.uid)) return { enrolled, probe };
  return { enrolled, probe: { ...probe, stats: statsFor(setup, probe.voice, speaker.uid) } };
}
