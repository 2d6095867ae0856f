import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { ENROLL_CLIP_SECONDS } from "../../lib/domain/enrollment/clips.ts";
import { isPoor } from "../../lib/domain/scoring/probe-quality.ts";
import { bandwidthOf } from "../../lib/domain/scoring/side.ts";
import { speechOf } from "../../lib/domain/scoring/speech.ts";
import type { EmbedClip, EmbeddedClip } from "../../lib/evaluate/embedding-cache.ts";
import type { KnownTrial } from "../../lib/score/fit/fit.ts";
import { scoresBy, voiceStats } from "../../lib/score/scoring/norm.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { telephoneCall } from "./telephone.ts";

/** A trial of a clip against a voiceprint of `clips` other clips. */
export type ConsistencyTrial = KnownTrial & { clips: number };

/** A clip that is good enough to enroll. */
type Take = TrainClip & { embedding: UnitVector; speechSeconds: number; bandwidth: "telephone" | "wide" };
/** The same recordings, without and with a simulated telephone call. */
export type Takes = { recorded: readonly Take[]; called: readonly Take[] };

/**
 * Few, so that an update of the limits takes minutes. Voiceprints have up to one clip less, because
 * a genuine trial needs another clip.
 */
const CLIPS_PER_SPEAKER = 8;
/** More trials of one speaker would give that speaker more weight, and hardly more certainty. */
const VOICEPRINTS = 10;
const GENUINE_PROBES = 3;
const IMPOSTORS = 10;

/**
 * Embeds clips as enrollment does, at most eight of a speaker, and keeps those that it accepts.
 */
export async function enrollableTakes(
  embedClip: EmbedClip,
  clips: readonly TrainClip[],
  width: number,
): Promise<Takes> {
  const some = [...bySpeaker(clips).values()].flatMap((own) => own.slice(0, CLIPS_PER_SPEAKER));
  const embedded = await mapWithProgress("consistency", some, width, async (clip) => {
    const bytes = await readFile(clip.path);
    const recorded = takeOf(clip, await embedClip({ bytes }));
    if (!recorded) return { recorded, called: undefined };
    const { samples } = await readSamples({ bytes });
    const call = await telephoneCall(samples, `${clip.speaker} enrolled ${clip.path.split("/").at(-1)}`);
    return { recorded, called: takeOf(clip, await embedClip({ bytes: call, mediaType: "audio/wav" })) };
  });
  const isTake = (take: Take | undefined): take is Take => take !== undefined;
  return {
    recorded: embedded.map(({ recorded }) => recorded).filter(isTake),
    called: embedded.map(({ called }) => called).filter(isTake),
  };
}

function takeOf(clip: TrainClip, { embedding, quality }: EmbeddedClip): Take | undefined {
  const { speechSeconds, bandwidth } = quality;
  if (!embedding || speechSeconds < ENROLL_CLIP_SECONDS || isPoor(quality)) return undefined;
  return { ...clip, embedding, speechSeconds, bandwidth };
}

/**
 * Returns trials of recorded and called takes against recorded ones, and of called against called.
 */
export function consistencyTrials(cohort: Cohort, { recorded, called }: Takes): ConsistencyTrial[] {
  return [
    ...trialsOf(cohort, recorded, recorded),
    ...trialsOf(cohort, recorded, called),
    ...trialsOf(cohort, called, called),
  ];
}

/**
 * For each number of clips, compares voiceprints of consecutive clips with the speaker's next clips
 * and with clips of other speakers of the same corpus. Without randomness: voiceprints start at
 * each clip in turn, and impostors rotate with them.
 */
export function trialsOf(
  cohort: Cohort,
  enrolled: readonly Take[],
  probes: readonly Take[],
): ConsistencyTrial[] {
  const probesBySpeaker = bySpeaker(probes);
  return [...bySpeaker(enrolled).values()].flatMap((own) => {
    const mine = probesBySpeaker.get(own[0].speaker) ?? [];
    const others = [...probesBySpeaker.values()].filter(
      ([{ corpus, speaker }]) => corpus === own[0].corpus && speaker !== own[0].speaker,
    );
    const sizes = Array.from({ length: own.length - 1 }, (_, i) => i + 1);
    return sizes.flatMap((clips) =>
      own.slice(0, VOICEPRINTS).flatMap((_, start) => {
        const chosen = rotated(own, start).slice(0, clips);
        const names = new Set(chosen.map(({ path }) => path));
        const genuine = rotated(mine, start + clips).filter(({ path }) => !names.has(path));
        const impostors = rotated(others, start * IMPOSTORS).slice(0, IMPOSTORS);
        const probed = [
          ...genuine.slice(0, GENUINE_PROBES),
          ...impostors.map((theirs) => theirs[start % theirs.length]),
        ];
        return scored(cohort, chosen, probed);
      }),
    );
  });
}

const rotated = <T>(items: readonly T[], by: number): T[] =>
  items.map((_, i) => items[(i + by) % items.length]);

function scored(cohort: Cohort, chosen: readonly Take[], probes: readonly Take[]): ConsistencyTrial[] {
  const [{ speaker }] = chosen;
  const sum = chosen[0].embedding.map((_, i) => chosen.reduce((total, take) => total + take.embedding[i], 0));
  const voiceprint = normalize(sum);
  const enrolledBandwidth = bandwidthOf(chosen);
  return probes.map((probe) => ({
    clips: chosen.length,
    genuine: probe.speaker === speaker,
    enrolled: speaker,
    probe: probe.speaker,
    conditions: {
      seconds: Math.min(speechOf(chosen), probe.speechSeconds),
      bandwidth: [enrolledBandwidth, probe.bandwidth].includes("telephone") ? "telephone" : "wide",
    },
    scores: scoresBy(
      cosine(voiceprint, probe.embedding),
      statsOf(voiceprint, cohort),
      statsOf(probe.embedding, cohort),
    ),
  }));
}

function statsOf(voice: UnitVector, cohort: Cohort) {
  const stats = voiceStats(voice, cohort);
  if (!stats) throw new RangeError("the cohort has too few voices to normalize");
  return stats;
}
