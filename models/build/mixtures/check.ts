import { BANDWIDTHS } from "../../../lib/audio/types.ts";
import type { EmbedClip } from "../../../lib/evaluate/embedding-cache.ts";
import type { SpeakersCheck } from "../../../lib/score/scoring/multiple-speakers.ts";
import type { ListedClip } from "../corpus.ts";
import { type EmbeddedMixture, embedMixtures } from "./embed.ts";
import { FALSE_ALARMS, fitLimits, scored } from "./limits.ts";
import { type Plan, type PlannedMixture, plannedMixtures } from "./list.ts";
import { CONDITIONS, type Condition } from "./mixture.ts";
import { peopleOf } from "./people.ts";
import type { Sounds } from "./sounds.ts";
import { fitTwoCovariance } from "./space.ts";

/** Recordings for the covariances: this many people of a corpus, each with so much speech. */
const PEOPLE_PER_CORPUS = 40;
const RECORDING_SECONDS = 10;
/** Every person is recorded by telephone and in one of the other conditions. */
const WIDE: readonly Condition[] = CONDITIONS.filter((condition) => condition !== "telephone");

/**
 * Takes of these corpora are acted with different emotions. Joined, they differ more than what
 * someone says in one recording, and the limits would miss half of the clips of two people.
 */
const ACTED = new Set(["nemo", "ravdess"]);
/** Clips of held-out speakers, by which the limits are set. */
const LIMIT_PLANS: readonly Plan[] = [
  { seconds: [5, 10], kinds: ["one"], conditions: CONDITIONS, perPerson: 2 },
  { seconds: [20], kinds: ["one"], conditions: ["telephone"], perPerson: 2 },
  { seconds: [20], kinds: ["one"], conditions: WIDE, perPerson: 1 },
  { seconds: [5, 10, 20], kinds: ["change"], conditions: ["recorded", "telephone"], perPerson: 1 },
];

/** Fits the check for several speakers of a model (docs/model-format.md). */
export async function fitSpeakersCheck(
  embedClip: EmbedClip,
  clips: { trained: readonly ListedClip[]; heldOut: readonly ListedClip[] },
  sounds: Sounds,
  width: number,
): Promise<SpeakersCheck> {
  const recordings = await embedMixtures(embedClip, recordingsOf(clips.trained), sounds, width);
  const spaces = {
    wide: spaceOf(recordings.filter(({ condition }) => condition !== "telephone")),
    telephone: spaceOf(recordings.filter(({ condition }) => condition === "telephone")),
  };
  const people = peopleOf(clips.heldOut.filter(({ corpus }) => !ACTED.has(corpus)));
  const planned = LIMIT_PLANS.flatMap((plan) => plannedMixtures(people, plan));
  const points = fitLimits(scored(spaces, await embedMixtures(embedClip, planned, sounds, width)));
  const missing = BANDWIDTHS.filter((bandwidth) => !points.some((point) => point.bandwidth === bandwidth));
  if (missing.length > 0) throw new RangeError(`too few clips of one person to set limits: ${missing}`);
  const source =
    `covariances of ${new Set(recordings.map(({ speaker }) => speaker)).size} training speakers, limits of ` +
    `${people.length} speakers held out of training: recorded, in rooms, in noise of 10 dB, and by ` +
    "simulated telephone (models/build/mixtures)";
  return { falseAlarms: FALSE_ALARMS, source, spaces, points };
}

function recordingsOf(trained: readonly ListedClip[]): PlannedMixture[] {
  const corpora = [...Map.groupBy(peopleOf(trained), ({ corpus }) => corpus).values()];
  const people = corpora.flatMap((own) => own.slice(0, PEOPLE_PER_CORPUS));
  const once = { seconds: [RECORDING_SECONDS], kinds: ["one" as const], perPerson: 1 };
  return people.flatMap((person, i) =>
    plannedMixtures([person], { ...once, conditions: ["telephone", WIDE[i % WIDE.length]] }),
  );
}

const spaceOf = (recordings: readonly EmbeddedMixture[]) =>
  fitTwoCovariance(
    recordings.map(({ corpus, condition, windows }) => ({
      kind: `${corpus} ${condition}`,
      windows: windows.embeddings,
    })),
  );
