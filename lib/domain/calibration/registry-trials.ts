import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import { addFixed, fromFixed } from "../../score/scoring/fixed-point.ts";
import { topWithout } from "../../score/scoring/norm.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { bandwidthOf, probeSide } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { listedClips } from "../speaker/listed-clips.ts";
import { type CalibrationTrials, knownTrial, type NamedSide } from "./trials.ts";

/** Beyond it speakers are drawn: FAR 0.01 % stands on thirty trials here, and more would not change a threshold. */
const MOST_IMPOSTOR_TRIALS = 300_000;
/** A speaker's further clips teach little: the rates vary between speakers. */
const MOST_PROBES = 10;

type Needs = Pick<Services, "clock" | "embedder" | "speakers">;
type Member = { probes: readonly NamedSide[]; voiceprints: readonly NamedSide[] };
export type Progress = (done: number, total: number) => void;

/**
 * Trials from what is enrolled: every clip against its speaker's voiceprint of the other clips, and against everybody
 * else's. The others' voiceprints lack a clip too, so that genuine and impostor trials differ in nothing but the voice.
 */
export async function trialsFromRegistry(
  services: Needs,
  setup: ScoringSetup,
  registryId: RegistryId,
  onProgress: Progress = () => undefined,
): Promise<CalibrationTrials> {
  const { usable, skipped } = await usableSpeakers(services, registryId);
  const drawn = withinBudget(usable);
  const members: Member[] = [];
  for (const speaker of drawn) {
    members.push(await memberOf(services, setup, speaker));
    onProgress(members.length, drawn.length);
  }
  const trials: KnownTrial[] = [];
  const searches = [];
  for (const member of members) {
    // Lets other requests in between: a large registry has a few hundred thousand trials.
    await services.clock.sleep(0);
    for (const [k, probe] of member.probes.entries()) {
      const from = trials.length;
      for (const { voiceprints } of members)
        trials.push(knownTrial(voiceprints[k % voiceprints.length], probe));
      searches.push({ speaker: probe.speaker, from, to: trials.length });
    }
  }
  const all = drawn.length < usable.length ? ` drawn from ${usable.length}` : "";
  return {
    origin: "registry",
    trials,
    searches,
    names: new Map(drawn.map(({ uid, speakerId }) => [uid, speakerId])),
    speakers: drawn.length,
    usableSpeakers: usable.length,
    skippedSpeakers: skipped,
    source: `${drawn.length} enrolled speakers${all}: each clip against its speaker's other clips and everybody else's`,
  };
}

/** With a voiceprint of this model that one clip can be left out of. */
async function usableSpeakers(services: Needs, registryId: RegistryId) {
  const usable: Speaker[] = [];
  let skipped = 0;
  for await (const speaker of everySpeaker(services, registryId)) {
    if (speaker.optedOut || speaker.clips.length === 0) continue;
    const fits = speaker.modelId === services.embedder.model.modelId && speaker.clips.length >= 2;
    if (fits) usable.push(speaker);
    else skipped++;
  }
  // Generated ids are random, so their order draws; the same registry draws the same speakers.
  return { usable: usable.sort((a, b) => (a.uid < b.uid ? -1 : 1)), skipped };
}

function withinBudget(usable: readonly Speaker[]): readonly Speaker[] {
  let probes = 0;
  const end = usable.findIndex(({ clips }, i) => {
    probes += Math.min(clips.length, MOST_PROBES);
    return probes * i > MOST_IMPOSTOR_TRIALS;
  });
  return end < 0 ? usable : usable.slice(0, end);
}

async function memberOf(services: Needs, setup: ScoringSetup, speaker: Speaker): Promise<Member> {
  const own = (await listedClips(services, speaker)).slice(0, MOST_PROBES);
  return {
    probes: own.map((item) => clipSide(setup, speaker, item)),
    voiceprints: own.map((item) => voiceprintSide(setup, speaker, item)),
  };
}

/**
 * Without the speaker's own row in the cohort, in trials against others too: most impostors that a registry meets are nobody
 * of the cohort, and a row of their own would make them score lower than they will.
 */
export function clipSide(setup: ScoringSetup, { uid }: Speaker, item: Clip): NamedSide {
  const voice = fromFixed(item.embedding);
  const side = probeSide(setup, voice, item.quality, uid);
  return { speaker: uid, ...side, without: topWithout(voice, setup.cohort, uid) };
}

/** The voiceprint; without the clip `left`, where one is left out. */
export function voiceprintSide(setup: ScoringSetup, speaker: Speaker, left: Clip | undefined): NamedSide {
  const sum = left ? addFixed(speaker.sum, left.embedding, -1) : speaker.sum;
  const clips = speaker.clips.filter(({ clipId }) => clipId !== left?.clipId);
  const made = { speechSeconds: speechOf(clips), bandwidth: bandwidthOf(clips) };
  return { speaker: speaker.uid, ...probeSide(setup, fromFixed(sum), made, speaker.uid) };
}
