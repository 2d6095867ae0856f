import { BANDWIDTHS } from "../../../lib/audio/types.ts";
import { measuredRate } from "../../../lib/score/fit/measured-rate.ts";
import { speakerBootstrap } from "../../../lib/score/rates/bootstrap.ts";
import type { SpeakersCheck, SpeakersPoint } from "../../../lib/score/scoring/multiple-speakers.ts";
import { twoVoicesEvidence } from "../../../lib/score/scoring/speaker-split.ts";
import type { MeasuredRate } from "../../../lib/score/scoring/types.ts";
import type { EmbeddedMixture } from "./embed.ts";

/** The share of clips of one person that may be reported. Half of them are in rooms or in noise. */
export const FALSE_ALARMS = 0.01;
/** By the rule of 3, fewer clips say nothing about a rate of 1 %. */
const LEAST_CLIPS = 100;
const LEAST_PEOPLE = 10;

type Scored = EmbeddedMixture & { evidence: number };

/** The clips that have enough windows, with the evidence of two voices in each. */
export function scored(spaces: SpeakersCheck["spaces"], clips: readonly EmbeddedMixture[]): Scored[] {
  return clips.flatMap((clip) => {
    const { embeddings, weight } = clip.windows;
    const evidence = twoVoicesEvidence(spaces[clip.bandwidth], embeddings, weight);
    return evidence === undefined ? [] : [{ ...clip, evidence }];
  });
}

/**
 * Sets the limit for each bandwidth and length of clips: the highest evidence of clips of one
 * person, without the share `falseAlarms` above it.
 */
export function fitLimits(clips: readonly Scored[], falseAlarms = FALSE_ALARMS): SpeakersPoint[] {
  const lengths = [...new Set(clips.map(({ seconds }) => seconds))].sort((a, b) => a - b);
  return BANDWIDTHS.flatMap((bandwidth) =>
    lengths.flatMap((length): SpeakersPoint[] => {
      const own = clips.filter((clip) => clip.bandwidth === bandwidth && clip.seconds === length);
      const one = own.filter(({ kind }) => kind === "one");
      const two = own.filter(({ kind }) => kind === "change");
      const people = new Set(one.map(({ speaker }) => speaker)).size;
      if (one.length < LEAST_CLIPS || people < LEAST_PEOPLE) return [];
      const descending = one.map(({ evidence }) => evidence).sort((a, b) => b - a);
      const limit = roundedUp(descending[Math.floor(falseAlarms * one.length)]);
      const seconds = medianOf(one.map(({ speechSeconds }) => speechSeconds));
      const measured = {
        falseAlarms: rateOf(one, ({ evidence }) => evidence > limit),
        misses: rateOf(two, ({ evidence }) => !(evidence > limit)),
      };
      return [{ bandwidth, seconds, limit, measured }];
    }),
  );
}

/** Up, so that the clip that sets the limit isn't above it. */
const roundedUp = (evidence: number): number => Math.ceil(100 * evidence) / 100;

const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The share of clips with an error, with intervals over the people who speak first in them. */
function rateOf(clips: readonly Scored[], isError: (clip: Scored) => boolean): MeasuredRate {
  const people = [...new Set(clips.map(({ speaker }) => speaker))];
  const index = Int32Array.from(clips, ({ speaker }) => people.indexOf(speaker));
  const bootstrap = speakerBootstrap(index, index, people.length);
  return measuredRate(clips.length, people.length, bootstrap, (n) => isError(clips[n]));
}
