import type { ClipId, RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import { invalid } from "../invalid.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { listedClips } from "../speaker/listed-clips.ts";
import { clipSide, voiceprintSide } from "./registry-trials.ts";
import { type CalibrationTrials, knownTrial, type NamedSide } from "./trials.ts";

/** A clip of a speaker, or (enrolled side only) the voiceprint. */
export type ListedSide = { speaker: SpeakerId; clip?: ClipId | undefined };
/** label 1: one person; 0: two. */
export type ListedTrial = { label: 0 | 1; enrolled: ListedSide; probe: ListedSide & { clip: ClipId } };

type Known = { speaker: Speaker; clips: ReadonlyMap<ClipId, Clip> };

/**
 * Trials that the caller lists, over what is enrolled. A voiceprint is taken without the probe where that is one of its clips,
 * else without another.
 * A trial that names nobody's clip, repeats another or has the wrong label is refused, and named by its place.
 */
export async function trialsFromList(
  services: Pick<Services, "embedder" | "speakers">,
  setup: ScoringSetup,
  { registryId, trials }: { registryId: RegistryId; trials: readonly ListedTrial[] },
): Promise<CalibrationTrials> {
  refuseRepeats(trials);
  const known = await knownSpeakers(services, registryId, trials);
  const sides = new Map<string, NamedSide>();
  const side = (of: ListedSide, without: ClipId | undefined, pointer: string) => {
    const key = [of.speaker, of.clip, without].join(" ");
    const made = sides.get(key) ?? sideOf(setup, known, of, without, pointer);
    sides.set(key, made);
    return made;
  };
  const all = trials.map(({ label, enrolled, probe }, i) => {
    const own = enrolled.speaker === probe.speaker;
    if (own !== (label === 1)) throw invalid(`/trials/${i}/label`, wrongLabel(i, enrolled, probe));
    if (own && enrolled.clip === probe.clip)
      throw invalid(`/trials/${i}`, `Trial ${i + 1} has the same clip on both sides; that measures nothing.`);
    const without = enrolled.clip ? undefined : own ? probe.clip : anyOf(known.get(enrolled.speaker), i);
    const probeOfTrial = side(probe, undefined, `/trials/${i}/probe`);
    return knownTrial(side(enrolled, without, `/trials/${i}/enrolled`), probeOfTrial);
  });
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

/** An impostor trial's voiceprint lacks a clip as well: how much speech it holds must not tell the classes apart. */
function anyOf(known: Known | undefined, i: number): ClipId | undefined {
  const { clips } = known?.speaker ?? { clips: [] };
  return clips.length > 1 ? clips[i % clips.length].clipId : undefined;
}

const wrongLabel = (i: number, enrolled: ListedSide, probe: ListedSide): string =>
  enrolled.speaker === probe.speaker
    ? `Trial ${i + 1} has label 0, but both sides are ${probe.speaker}; label 1 is for one speaker.`
    : `Trial ${i + 1} has label 1, but ${enrolled.speaker} and ${probe.speaker} are two speakers; label 0 is for two.`;

function refuseRepeats(trials: readonly ListedTrial[]): void {
  const seen = new Map<string, number>();
  for (const [i, { enrolled, probe }] of trials.entries()) {
    const key = [enrolled.speaker, enrolled.clip, probe.speaker, probe.clip].join(" ");
    const before = seen.get(key);
    if (before !== undefined)
      throw invalid(`/trials/${i}`, `Trial ${i + 1} repeats trial ${before + 1}; take one of the two out.`);
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
      if (!speaker || speaker.optedOut) throw invalid(pointer, `Trial ${i + 1}: no speaker ${id}.`);
      if (speaker.modelId !== services.embedder.model.modelId)
        throw invalid(pointer, `Trial ${i + 1}: the voiceprint of ${id} is another model's.`);
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
  const wanted = clip ?? without;
  const item = wanted && known?.clips.get(wanted);
  if (!known || (wanted && !item))
    throw invalid(`${pointer}/clip`, `${pointer.slice(1)}: ${id} has no clip ${wanted}.`);
  if (clip && item) return clipSide(setup, known.speaker, item);
  if (known.speaker.clips.length < (item ? 2 : 1))
    throw invalid(pointer, `${pointer.slice(1)}: ${id} has no other clip to make a voiceprint of.`);
  return voiceprintSide(setup, known.speaker, item);
}
