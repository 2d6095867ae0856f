import { knownTrial, type NamedSide } from "../../lib/domain/calibration/trials.ts";
import { bandwidthOf } from "../../lib/domain/scoring/side.ts";
import type { KnownTrial } from "../../lib/score/fit/fit.ts";
import { addFixed, fromFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { voiceStats } from "../../lib/score/scoring/norm.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import type { Piece } from "./condition-pieces.ts";

/**
 * A trial with what was done to its audio. `cell`: corpus and the conditions of both sides;
 * `degraded`: whether the probe was put into a room or into noise.
 */
export type CellTrial = KnownTrial & { corpus: string; cell: string; degraded: boolean };

type CellSide = NamedSide & { corpus: string; condition: string };

/** Sizes of voiceprints: one clip, about the amount a registry asks for, and plenty. */
const VOICEPRINT_CLIPS = [1, 3, 7];
/** Voiceprints of one clip are made of so many different clips. */
const SINGLES = 2;
/** A voiceprint of seven may lack two clips where a speaker has too little audio. */
const LEAST = new Map([[7, 5]]);

/**
 * Returns trials of voiceprints of one, three and seven clips, recorded or called, against probes
 * in every condition, among the speakers of each corpus. A voice from another corpus was recorded
 * with other microphones: it would be easier to reject, and thresholds would look better than they
 * are.
 */
export function conditionTrials(pieces: readonly Piece[], cohort: Cohort): CellTrial[] {
  const probes = pieces.filter(({ use }) => use === "verify").map((piece) => sideOf([piece], cohort));
  const enrolled = voiceprints(pieces).map((own) => sideOf(own, cohort));
  return enrolled.flatMap((side) =>
    probes.filter(({ corpus }) => corpus === side.corpus).map((probe) => trialOf(side, probe)),
  );
}

const trialOf = (enrolled: CellSide, probe: CellSide): CellTrial => ({
  ...knownTrial(enrolled, probe),
  corpus: enrolled.corpus,
  degraded: probe.condition !== "as recorded" && probe.condition !== "telephone",
  cell: `${enrolled.corpus}, enrolled ${enrolled.condition}, verified ${probe.condition}`,
});

function voiceprints(pieces: readonly Piece[]): Piece[][] {
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces.filter(({ use }) => use === "enroll")) {
    const key = `${piece.speaker} ${piece.condition}`;
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  return [...groups.values()].flatMap((own) => {
    const sorted = [...own].sort((a, b) => a.index - b.index);
    return VOICEPRINT_CLIPS.flatMap((clips) => {
      if (clips === 1) return sorted.slice(0, SINGLES).map((one) => [one]);
      return sorted.length >= (LEAST.get(clips) ?? clips) ? [sorted.slice(0, clips)] : [];
    });
  });
}

/** Returns one side of a trial, as the service makes it of such clips. */
export function sideOf(clips: readonly Piece[], cohort: Cohort): CellSide {
  const [{ speaker, corpus, condition, embedding, quality }] = clips;
  let sum: Float64Array = new Float64Array(embedding.length);
  for (const clip of clips) sum = addFixed(sum, toFixed(clip.embedding), 1);
  const voice = clips.length === 1 ? embedding : fromFixed(sum);
  const qualities = clips.map((clip) => clip.quality);
  return {
    ...{ speaker, corpus, condition, voice, clips: clips.length },
    stats: voiceStats(voice, cohort),
    speechSeconds: qualities.reduce((total, { speechSeconds }) => total + speechSeconds, 0),
    bandwidth: bandwidthOf(qualities),
    snrDb: clips.length === 1 ? quality.snrDb : undefined,
  };
}
