import type { SpeakerId, SpeakerUid } from "../../id.ts";
import type { ClipEmbedding, FoundVoice, WhoIsWho } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import { pointFor } from "../../score/scoring/calibration.ts";
import { probeVoice } from "../scoring/probe-quality.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import { scoreTrial } from "../scoring/trial.ts";
import { search } from "./search.ts";

/** A voice with less speech may be a part of another one that was taken for a person. Seconds. */
const SMALL_SECONDS = 10;
/**
 * How often different people may be taken for one by that. Voices of one recording sound more alike
 * than those that a calibration was measured on, so it is less than the registry's own rate.
 */
const SMALL_FAR = 0.001;

type Options = {
  registry: Registry;
  far: number;
  within: ReadonlySet<SpeakerId> | undefined;
  /** Speakers that somebody has said a voice is not, with the score that a match has to exceed. */
  rejected: (probe: ClipEmbedding) => ReadonlyMap<SpeakerUid, number> | undefined;
};
type Matched = { voice: FoundVoice; uid: string | undefined };

/**
 * Says who is who in a recording, by the registry's speakers at its operating point:
 *
 * - Voices that match one speaker are one person.
 * - A piece of a voice that matches another speaker than the voice is of that speaker.
 * - A small voice without a match belongs to the person whose voice it matches best, if any.
 *
 * Nothing is counted or recorded: the decisions are made later, on the joint speech.
 */
export const whoIsWhoIn =
  (services: Parameters<typeof search>[0], setup: ScoringSetup, options: Options): WhoIsWho =>
  async (voices) => {
    const speakerOf = async (probe: ClipEmbedding) => {
      const unless = options.rejected(probe);
      const { decision, best } = await search(services, setup, probe, { ...options, unless, limit: 2 });
      return decision === "match" ? best?.uid : undefined;
    };
    const matched: Matched[] = [];
    for (const voice of voices) matched.push({ voice, uid: await speakerOf(voice.probe) });
    const numberOf = numbers(voices.length);
    const people: { person: number; pieces: number[] }[] = [];
    for (const [i, { voice, uid }] of matched.entries()) {
      const like = uid === undefined ? likeliest(setup, matched, i) : undefined;
      const person = numberOf(uid ?? matched[like ?? i]?.uid) ?? like ?? i;
      const pieces: number[] = [];
      if (uid !== undefined)
        for (const piece of await voice.pieces()) pieces.push(numberOf(await speakerOf(piece)) ?? person);
      people.push({ person, pieces });
    }
    return people;
  };

/** Numbers speakers from `first`, each the same whenever it is asked for. */
function numbers(first: number) {
  const known = new Map<string, number>();
  return (uid: string | undefined): number | undefined => {
    if (uid === undefined) return undefined;
    const number = known.get(uid) ?? first + known.size;
    known.set(uid, number);
    return number;
  };
}

/** The larger voice that a small one matches best, if it matches one. */
function likeliest(setup: ScoringSetup, all: readonly Matched[], small: number): number | undefined {
  const own = all[small]?.voice.probe;
  if (!own || own.quality.speechSeconds >= SMALL_SECONDS) return undefined;
  const scores = all.map(({ voice: { probe } }, i) =>
    i === small || probe.quality.speechSeconds < SMALL_SECONDS ? undefined : acceptedScore(setup, probe, own),
  );
  const best = Math.max(...scores.map((score) => score ?? -Infinity));
  return best > -Infinity ? scores.indexOf(best) : undefined;
}

/** The score of two voices of a recording that are accepted as one person. */
function acceptedScore(setup: ScoringSetup, one: ClipEmbedding, other: ClipEmbedding): number | undefined {
  const [a, b] = [probeVoice(one), probeVoice(other)];
  if ("reason" in a || "reason" in b) return undefined;
  const sides = {
    enrolled: probeSide(setup, a.voice, one.quality),
    probe: probeSide(setup, b.voice, other.quality),
  };
  const { score, table } = scoreTrial(setup, sides, undefined);
  const point = table && pointFor(table, SMALL_FAR);
  return point && score.value >= point.threshold ? score.value : undefined;
}
