import { setImmediate } from "node:timers/promises";
import { isCopy } from "../../audio/features/copy-score.ts";
import { storedFingerprint } from "../../audio/features/fingerprint.ts";
import type { SpeakerUid } from "../../id.ts";
import type { HeardProbe, KeptProbe, RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { DecisionReply, ReplayOf } from "../../schema/decision.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { replayActionOf, replayDaysOf } from "../registry/replay-settings.ts";
import { SAME_RECORDING_COSINE } from "../scoring/probe-quality.ts";
import type { Probe } from "./probe.ts";

/** A probe is compared with this many of the speaker's latest accepted probes. */
const HEARD_PROBES = 50;
/** Fingerprints to compare before other requests get a turn: about a millisecond's worth. */
const COMPARED_AT_ONCE = 8;

type Needs = Pick<Services, "heardProbes" | "speakers">;
/** The recordings of a speaker that a probe may be a copy of. */
export type KnownRecordings = { clips: readonly Clip[]; heard: readonly HeardProbe[] };

/**
 * attempt  the request with the probe: an earlier attempt that crashed may have remembered it
 */
export async function knownRecordings(
  services: Needs,
  registry: Registry,
  { uid }: Pick<Speaker, "uid">,
  attempt: RequestAttempt | undefined,
): Promise<KnownRecordings> {
  const { registryId } = registry;
  const [clips, newest, older] = await Promise.all([
    services.speakers.clips(registryId, uid),
    mostProbes(registry) > 0 ? services.heardProbes.newest(registryId, uid, mostProbes(registry)) : [],
    olderProbes(services, registry, uid),
  ]);
  return knownOf(clips, [...newest, ...older], attempt);
}

/** How many of a speaker's earlier probes a probe is compared with. */
export const mostProbes = ({ settings }: Registry): number => (replayDaysOf(settings) > 0 ? HEARD_PROBES : 0);

/** The probes that an earlier version has stored: none if the registry was created since. */
export const olderProbes = async (
  { heardProbes }: Pick<Services, "heardProbes">,
  registry: Registry,
  uid: SpeakerUid,
): Promise<readonly HeardProbe[]> =>
  registry.active || mostProbes(registry) === 0
    ? []
    : heardProbes.older(registry.registryId, uid, mostProbes(registry));

/** probes: the newest first */
export function knownOf(
  clips: readonly Clip[],
  probes: readonly HeardProbe[],
  attempt: RequestAttempt | undefined,
): KnownRecordings {
  const isOwn = ({ request }: HeardProbe) => request !== undefined && request === attempt?.mark;
  return { clips, heard: probes.slice(0, HEARD_PROBES).filter((probe) => !isOwn(probe)) };
}

/**
 * What the probe is a copy of; undefined for a new recording. Without its recording, only a copy of
 * an enrolled clip can be recognized, by its embedding.
 */
export async function replayOf(
  speaker: Speaker,
  { clips, heard }: KnownRecordings,
  probe: Probe,
): Promise<ReplayOf | undefined> {
  if (isEnrolled(speaker, clips, probe)) return "enrolled-clip";
  if (await someIsCopied(clips, probe)) return "enrolled-clip";
  return (await someIsCopied(heard, probe)) ? "earlier-probe" : undefined;
}

/** True for an enrolled file, and for nearly the same embedding: two takes are never that alike. */
function isEnrolled(speaker: Speaker, clips: readonly Clip[], { audioSha256, embedding }: Probe): boolean {
  if (speaker.clips.some((clip) => clip.audioSha256 === audioSha256)) return true;
  if (!embedding) return false;
  return clips.some(
    (clip) =>
      clip.modelId === speaker.modelId &&
      cosine(fromFixed(clip.embedding), embedding) > SAME_RECORDING_COSINE,
  );
}

async function someIsCopied(
  recordings: readonly { fingerprint?: Uint8Array | undefined }[],
  { fingerprint }: Probe,
): Promise<boolean> {
  if (!fingerprint) return false;
  for (const [i, { fingerprint: stored }] of recordings.entries()) {
    if (i % COMPARED_AT_ONCE === COMPARED_AT_ONCE - 1) await setImmediate();
    if (stored && isCopy(stored, fingerprint)) return true;
  }
  return false;
}

/** The fields of a reply about a replay. */
export const replayView = (
  of: ReplayOf | undefined,
): Pick<DecisionReply, "replayOf" | "replaySuspected"> => ({
  replaySuspected: of !== undefined,
  replayOf: of ?? null,
});

/** True if the registry accepts no copies and the probe is one. */
export const isRefused = ({ settings }: Registry, of: ReplayOf | undefined): boolean =>
  of !== undefined && replayActionOf(settings) === "refuse";

/** What to keep of an accepted probe. Undefined if the registry keeps nothing. */
export function keptProbe(
  { registryId, settings }: Registry,
  { fingerprint }: Probe,
  accepted: Pick<HeardProbe, "at" | "decisionId" | "request" | "uid">,
): KeptProbe | undefined {
  const days = replayDaysOf(settings);
  if (days === 0 || !fingerprint) return undefined;
  return { probe: { ...accepted, registryId, fingerprint: storedFingerprint(fingerprint) }, days };
}
