import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import { addFixed, fromFixed } from "../../score/scoring/fixed-point.ts";
import { topWithout } from "../../score/scoring/norm.ts";
import { hasWithdrawnAll } from "../purposes.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { bandwidthOf, probeSide } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { listedClips } from "../speaker/listed-clips.ts";
import { type CalibrationTrials, type FitProgress, knownTrial, type NamedSide } from "./trials.ts";

/**
 * Larger registries are sampled by speaker. At this size FAR 0.01 % rests on thirty trials, and
 * more trials would not change a threshold.
 */
const MOST_IMPOSTOR_TRIALS = 300_000;
/** Error rates vary between speakers, so more clips of one speaker add little. */
const MOST_PROBES = 10;

type Needs = Pick<Services, "clock" | "embedder" | "speakers">;
type Member = { probes: readonly NamedSide[]; voiceprints: readonly NamedSide[] };

/**
 * Scores every clip against a voiceprint of its speaker's other clips, and against every other
 * speaker's voiceprint. Impostor voiceprints also leave out one clip, so genuine and impostor
 * trials are built from the same number of clips.
 */
export async function trialsFromRegistry(
  services: Needs,
  setup: ScoringSetup,
  registryId: RegistryId,
  onProgress: FitProgress = () => undefined,
): Promise<CalibrationTrials> {
  const { usable, skipped } = await usableSpeakers(services, registryId);
  const drawn = withinBudget(usable);
  const members: Member[] = [];
  for (const speaker of drawn) {
    members.push(await memberOf(services, setup, speaker));
    await onProgress("scoring", members.length, drawn.length);
  }
  const trials: KnownTrial[] = [];
  const searches = [];
  for (const member of members) {
    // Yield so that other requests can run: a large registry has a few hundred thousand trials.
    await services.clock.sleep(0);
    for (const [k, probe] of member.probes.entries()) {
      const from = trials.length;
      for (const { voiceprints } of members) {
        const enrolled = voiceprints[k % voiceprints.length];
        if (enrolled) trials.push(knownTrial(enrolled, probe));
      }
      searches.push({ speaker: probe.speaker, from, to: trials.length });
    }
  }
  const sampled = drawn.length < usable.length ? ` drawn from ${usable.length}` : "";
  return {
    origin: "registry",
    trials,
    searches,
    names: new Map(drawn.map(({ uid, speakerId }) => [uid, speakerId])),
    speakers: drawn.length,
    usableSpeakers: usable.length,
    skippedSpeakers: skipped,
    source:
      `${drawn.length} enrolled speakers${sampled}: ` +
      "each clip against its speaker's other clips and everybody else's",
  };
}

/** Speakers with a voiceprint of this model and at least two clips, so that one can be left out. */
async function usableSpeakers(services: Needs, registryId: RegistryId) {
  const usable: Speaker[] = [];
  let skipped = 0;
  for await (const speaker of everySpeaker(services, registryId)) {
    // Nothing that a person has withdrawn is used any more.
    if (speaker.optedOut || speaker.clips.length === 0 || hasWithdrawnAll(speaker)) continue;
    const fits = speaker.modelId === services.embedder.model.modelId && speaker.clips.length >= 2;
    if (fits) usable.push(speaker);
    else skipped++;
  }
  // Uids are random, so sorting by uid draws a reproducible random sample.
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
  const clips = (await listedClips(services, speaker)).slice(0, MOST_PROBES);
  return {
    probes: clips.map((clip) => clipSide(setup, speaker, clip)),
    voiceprints: clips.map((clip) => voiceprintSide(setup, speaker, clip)),
  };
}

/**
 * A clip as the probe of trials. Its statistics never include the speaker's own cohort row, in
 * impostor trials either: a real impostor usually has no row in the cohort, and with one it would
 * score lower than it does in practice.
 */
export function clipSide(setup: ScoringSetup, { uid }: Speaker, item: Clip): NamedSide {
  const voice = fromFixed(item.embedding);
  const side = probeSide(setup, voice, item.quality, uid);
  return { speaker: uid, ...side, without: topWithout(voice, setup.cohort, uid) };
}

/** The speaker's voiceprint, computed without the clip `without` if one is given. */
export function voiceprintSide(setup: ScoringSetup, speaker: Speaker, without: Clip | undefined): NamedSide {
  const sum = without ? addFixed(speaker.sum, without.embedding, -1) : speaker.sum;
  const clips = speaker.clips.filter(({ clipId }) => clipId !== without?.clipId);
  const conditions = { speechSeconds: speechOf(clips), bandwidth: bandwidthOf(clips) };
  const side = probeSide(setup, fromFixed(sum), conditions, speaker.uid);
  return { speaker: speaker.uid, ...side, clips: clips.length };
}
