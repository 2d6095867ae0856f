import type { SpeakerId } from "../../id.ts";
import type { GalleryHit } from "../../ports/gallery.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { needsCohort } from "../../score/scoring/calibration.ts";
import { asNorm, topWithout } from "../../score/scoring/norm.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { hasExpired } from "../expiry.ts";
import { allows } from "../purposes.ts";
import { isCalibratedFor, type ScoringSetup } from "./setup.ts";
import { enrolledSide, type Side, statsFor } from "./side.ts";
import { scoreTrial, type Trial } from "./trial.ts";

export type Candidate = Trial & { speaker: Speaker };

/** Extra hits to request from the gallery, which may still hold speakers erased a moment ago. */
const SPARE = 6;
/** How many times as many hits to request next, if too few of them may be returned. */
const FACTOR = 8;

/**
 * The speakers of the registry nearest to the probe, best score first. The gallery's hits are read
 * again from the store and scored in float64, so erased, expired and opted-out speakers, and those
 * who may not be identified, are never returned, and the result is the same as without a gallery.
 *
 * within    search these speakers only
 * uses      "any": also those who may not be identified, to know that a voice is no stranger's
 * searched  how many voiceprints the gallery compared
 */
export async function nearest(
  services: Pick<Services, "clock" | "embedder" | "gallery" | "speakers">,
  setup: ScoringSetup,
  registry: Registry,
  probe: Side,
  count: number,
  within?: ReadonlySet<SpeakerId>,
  uses: "any" | "identify" = "identify",
): Promise<{ ranked: readonly Candidate[]; searched: number }> {
  const { modelId } = services.embedder.model;
  const { calibration, cohort } = setup;
  const { voice } = probe;
  const stats = needsCohort(calibration) && isCalibratedFor(setup) ? probe.stats : undefined;
  const without = stats && topWithout(voice, cohort);
  const gallery = { modelId, cohort, embedding: voice, stats, without };
  for (let asked = count + SPARE; ; asked *= FACTOR) {
    const { hits, floor, searched } = await services.gallery.search(
      ...([registry.registryId, gallery, asked, within] as const),
    );
    const speakers = (await enrolledIn(services, registry, hits, uses)).filter(
      (one) => one.modelId === modelId,
    );
    const nearest = speakers
      .map((speaker) => withScore(speaker, sidesOf(setup, speaker, probe), stats !== undefined))
      .filter(({ score }) => score >= floor)
      .sort((a, b) => b.score - a.score)
      .slice(0, asked);
    // Many speakers can expire together, and until the next sweep they take the places of others.
    if (nearest.length < count && floor > Number.NEGATIVE_INFINITY) continue;
    const ranked = nearest
      .map(({ speaker, sides }) => ({ speaker, ...scoreTrial(setup, sides, undefined) }))
      .sort((a, b) => rankOf(b) - rankOf(a));
    return { ranked, searched };
  }
}

type Sides = { enrolled: Side; probe: Side };

/** The score by which the gallery selects: AS-Norm, or the cosine. */
function withScore(speaker: Speaker, sides: Sides, normalized: boolean) {
  const { enrolled, probe } = sides;
  const raw = cosine(enrolled.voice, probe.voice);
  const score = normalized && enrolled.stats && probe.stats ? asNorm(raw, enrolled.stats, probe.stats) : raw;
  return { speaker, sides, score };
}

/** What decides on a candidate: its score, or the likelihood ratio where thresholds are ratios. */
const rankOf = ({ score, unboundedLlr, table }: Candidate): number =>
  table?.thresholdsOn === "llr" ? (unboundedLlr ?? score.value) : score.value;

/** The speakers of the hits that are still there and haven't expired. */
async function enrolledIn(
  services: Pick<Services, "clock" | "speakers">,
  { registryId, settings }: Registry,
  hits: readonly GalleryHit[],
  uses: "any" | "identify",
): Promise<readonly Speaker[]> {
  const ids = hits.map(({ speakerId }) => speakerId);
  const speakers = await services.speakers.getMany(registryId, ids);
  return speakers
    .flatMap((speaker, i) => (speaker && speaker.uid === hits[i]?.uid ? [speaker] : []))
    .filter(({ clips, optedOut }) => clips.length > 0 && !optedOut)
    .filter((speaker) => !hasExpired(services, speaker, settings))
    .filter((speaker) => uses === "any" || allows(speaker, settings, "identify"));
}

/** Like `verify`, leaves the candidate's own cohort row out of the statistics of both sides. */
function sidesOf(setup: ScoringSetup, speaker: Speaker, probe: Side): Sides {
  const enrolled = enrolledSide(setup, speaker);
  if (!setup.cohort.owners?.includes(speaker.uid)) return { enrolled, probe };
  return { enrolled, probe: { ...probe, stats: statsFor(setup, probe.voice, speaker.uid) } };
}
