import type { ClipId, RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import { invalid } from "../invalid.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { listedClips } from "../speaker/listed-clips.ts";
import { clipSide, voiceprintSide } from "./registry-trials.ts";
import { type CalibrationTrials, type FitProgress, knownTrial, type NamedSide } from "./trials.ts";

/** A clip of a speaker; on the enrolled side, no clip means the voiceprint. */
type ListedSide = { speaker: SpeakerId; clip?: ClipId | undefined };
/** Label 1: both sides are one speaker; label 0: two speakers. */
export type ListedTrial = { label: 0 | 1; enrolled: ListedSide; probe: ListedSide & { clip: ClipId } };

/** How many trials to score between reports of progress. */
const BATCH = 1000;

type Known = { speaker: Speaker; clips: ReadonlyMap<ClipId, Clip> };

/**
 * Scores the trials that the caller lists over enrolled clips. A voiceprint always leaves out one
 * clip: the probe if it is one of the speaker's clips, otherwise any other.
 *
 * throws `validation-failed` with the trial's index if a trial references an unknown speaker or
 *        clip, repeats another trial, or has the wrong label
 */
export async function trialsFromList(
  services: Pick<Services, "embedder" | "speakers">,
  setup: ScoringSetup,
  {
    registryId,
    trials,
    onProgress,
  }: {
    registryId: RegistryId;
    trials: readonly ListedTrial[];
    onProgress?: FitProgress | undefined;
  },
): Promise<CalibrationTrials> {
  rejectRepeats(trials);
  const known = await knownSpeakers(services, registryId, trials);
  const sides = new Map<string, NamedSide>();
  const side = (listed: ListedSide, without: ClipId | undefined, pointer: string) => {
    const key = [listed.speaker, listed.clip, without].join(" ");
    const found = sides.get(key) ?? sideOf(setup, known, listed, without, pointer);
    sides.set(key, found);
    return found;
  };
  const all: KnownTrial[] = [];
  for (const [i, { label, enrolled, probe }] of trials.entries()) {
    const genuine = enrolled.speaker === probe.speaker;
    if (genuine !== (label === 1)) throw invalid(`/trials/${i}/label`, wrongLabel(i, enrolled, probe));
    if (genuine && enrolled.clip === probe.clip)
      throw invalid(`/trials/${i}`, `Trial ${i + 1} has the same clip on both sides. Remove it.`);
    const leftOut = genuine ? probe.clip : anyClip(known.get(enrolled.speaker), i);
    const without = enrolled.clip ? undefined : leftOut;
    const probeOfTrial = side(probe, undefined, `/trials/${i}/probe`);
    all.push(knownTrial(side(enrolled, without, `/trials/${i}/enrolled`), probeOfTrial));
    if (all.length % BATCH === 0) await onProgress?.("scoring", all.length, trials.length);
  }
  return {
    origin: "trials",
    trials: all,
    searches: [],
    names: new Map([...known.values()].map(({ speaker }) => [speaker.uid, speaker.speakerId])),
    speakers: known.size,
    usableSpeakers: known.size,
    skippedSpeakers: 0,
    source: `a list of ${all.length} trials over ${known.size} enrolled speakers`,
  };
}

/**
 * The clip that an impostor trial's voiceprint leaves out. Without it, the amount of speech alone
 * would distinguish genuine from impostor trials.
 */
function anyClip(known: Known | undefined, i: number): ClipId | undefined {
  const { clips } = known?.speaker ?? { clips: [] };
  return clips.length > 1 ? clips[i % clips.length]?.clipId : undefined;
}

const wrongLabel = (i: number, enrolled: ListedSide, probe: ListedSide): string =>
  enrolled.speaker === probe.speaker
    ? `Trial ${i + 1} has label 0, but both sides are ${probe.speaker}. Label 1 is for one speaker.`
    : `Trial ${i + 1} has label 1, but ${enrolled.speaker} and ${probe.speaker} are two speakers. ` +
      "Label 0 is for two speakers.";

function rejectRepeats(trials: readonly ListedTrial[]): void {
  const seen = new Map<string, number>();
  for (const [i, { enrolled, probe }] of trials.entries()) {
    const key = [enrolled.speaker, enrolled.clip, probe.speaker, probe.clip].join(" ");
    const before = seen.get(key);
    if (before !== undefined)
      throw invalid(`/trials/${i}`, `Trial ${i + 1} repeats trial ${before + 1}. Remove one of them.`);
    seen.set(key, i);
  }
}

async function knownSpeakers(
  services: Pick<Services, "embedder" | "speakers">,
  registryId: RegistryId,
  trials: readonly ListedTrial[],
): Promise<Map<SpeakerId, Known>> {
  const known = new Map<SpeakerId, Known>();
  for (const [i, trial] of trials.entries())
    for (const role of ["enrolled", "probe"] as const) {
      const id = trial[role].speaker;
      if (known.has(id)) continue;
      const speaker = await services.speakers.get(registryId, id);
      const pointer = `/trials/${i}/${role}/speaker`;
      if (!speaker || speaker.optedOut)
        throw invalid(pointer, `Trial ${i + 1}: no speaker ${id} exists in this registry.`);
      if (speaker.modelId !== services.embedder.model.modelId)
        throw invalid(pointer, `Trial ${i + 1}: another model made the voiceprint of ${id}.`);
      const items = await listedClips(services, speaker);
      known.set(id, { speaker, clips: new Map(items.map((item) => [item.clipId, item])) });
    }
  return known;
}

function sideOf(
  setup: ScoringSetup,
  all: ReadonlyMap<SpeakerId, Known>,
  { speaker: id, clip }: ListedSide,
  without: ClipId | undefined,
  pointer: string,
): NamedSide {
  const known = all.get(id);
  const clipId = clip ?? without;
  const item = clipId && known?.clips.get(clipId);
  if (!known || (clipId && !item))
    throw invalid(`${pointer}/clip`, `${pointer.slice(1)}: ${id} has no clip ${clipId}.`);
  if (clip && item) return clipSide(setup, known.speaker, item);
  if (known.speaker.clips.length < (item ? 2 : 1))
    throw invalid(pointer, `${pointer.slice(1)}: ${id} has no other clip to build a voiceprint from.`);
  return voiceprintSide(setup, known.speaker, item);
}
