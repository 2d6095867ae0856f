import type { GroupId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { IdentifyReply } from "../../schema/decision.ts";
import type { Caller } from "../registry/guess.ts";
import { clearMisses, countMiss, missesSince, openSearch, type SearchGuess } from "../registry/misses.ts";
import { warningsOf } from "../scoring/probe-quality.ts";
import { type ActiveSetup, scoringSetup } from "../scoring/setup.ts";
import { requireGroup, requireSpeakers } from "../speaker/group.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import type { ProbeInput } from "./embedding-input.ts";
import { isRefused, keptProbe, knownRecordings, replayOf, replayView } from "./known-recording.ts";
import { mixedProbe, mixedWarnings } from "./mixed-probe.ts";
import type { ProbeNeeds } from "./needs.ts";
import { type Probe, probesOf, sentWarnings, strictest } from "./probe.ts";
import {
  caveatsOf,
  type FarChoice,
  farOf,
  ownFar,
  provenanceOf,
  recordDecision,
  thresholdWarnings,
} from "./record.ts";
import { MIXED, search } from "./search.ts";
import { spoofResult, spoofView, spoofWarnings } from "./spoof.ts";

/** Decides which speaker of the registry, if any, a clip or an embedding belongs to. */
export async function identify(
  services: ProbeNeeds,
  input: {
    registry: Registry;
    clip: ProbeInput;
    /** Search only the members of this group. */
    groupId?: GroupId | undefined;
    /** Search only these speakers. */
    speakerIds?: readonly SpeakerId[] | undefined;
    limit?: number | undefined;
    /** Undefined: the command line. */
    caller?: Caller | undefined;
    attempt?: RequestAttempt | undefined;
    /** See `decide`. */
    looks?: number | undefined;
  } & FarChoice,
): Promise<IdentifyReply> {
  const { registry, groupId, speakerIds } = input;
  const { registryId } = registry;
  const group = groupId && (await requireGroup(services, { registryId, groupId }));
  if (speakerIds)
    await requireSpeakers(services, { registryId }, { pointer: "/speakers", speakers: speakerIds });
  const within = group ? new Set(group.members) : speakerIds && new Set(speakerIds);
  const guess = await openSearch(services, registry, input.caller);
  const [probes, setup] = await Promise.all([
    probesOf(services, input.clip),
    scoringSetup(services, registryId, registry),
  ]);
  return identifyProbe(services, { ...input, probes, setup, guess, within });
}

/**
 * Decides which speaker of the registry, if any, an embedded clip belongs to, and counts the guess.
 */
export async function identifyProbe(
  services: ProbeNeeds,
  input: {
    registry: Registry;
    probes: readonly Probe[];
    setup: ActiveSetup;
    guess: SearchGuess;
    within?: ReadonlySet<SpeakerId> | undefined;
    /** Speakers that the voice is not, unless it scores higher than this. */
    unless?: ReadonlyMap<SpeakerUid, number> | undefined;
    limit?: number | undefined;
    attempt?: RequestAttempt | undefined;
    /** See `decide`. */
    looks?: number | undefined;
  } & FarChoice,
): Promise<IdentifyReply> {
  const { registry, probes, setup, guess, within, attempt } = input;
  const far = farOf(input, registry, setup);
  const mixed = mixedProbe(services, registry, probes);
  const { looks, unless } = input;
  const options = { registry, far, within, unless, looks, limit: input.limit ?? 5 };
  const resultOf = async (probe: Probe) => ({
    probe,
    result: mixed.refused ? MIXED : await search(services, setup, probe, options),
  });
  const { probe, result } = strictest(await Promise.all(probes.map(resultOf)));
  const spoof = spoofResult(registry, [probe]);
  const { best, ...found } = result;
  const matched = found.decision === "match" ? best : undefined;
  const known = matched && (await knownRecordings(services, registry, matched, attempt));
  const replay = matched && known && (await replayOf(matched, known, probe));
  const refused = isRefused(registry, replay);
  const isMiss = found.decision !== "inconclusive" && found.searched > 0 && (!matched || refused);
  if (isMiss) await countMiss(services, guess);
  const hasMisses = matched !== undefined && !refused && (await missesSince(services, guess));
  const caveats = caveatsOf(registry, best, probe.quality);
  const recorded = recordDecision(
    services,
    // Name a speaker in the record only for a match; the nearest to an unknown voice is not
    // identified.
    { operation: "identify", registry, uid: matched?.uid },
    {
      ...found,
      ...(refused ? REFUSED : {}),
      reasons: [...(refused ? REFUSED : found).reasons, ...caveats.reasons],
      lowEvidence: caveats.lowEvidence,
      operatingPoint: { far },
      quality: qualityView(probe.quality),
      warnings: [
        ...warningsOf(probe.quality),
        ...mixedWarnings(mixed),
        ...sentWarnings([probe]),
        ...spoofWarnings(spoof),
        ...thresholdWarnings(setup),
      ],
      ...replayView(replay),
      ...spoofView(spoof),
      ...provenanceOf(services, setup),
    },
    {
      heard: (made) =>
        matched && !replay
          ? keptProbe(registry, probe, { ...made, uid: matched.uid, request: attempt?.mark })
          : undefined,
    },
  );
  // A copy, an embedding, a clip of several speakers, one that may be synthetic, or a match at a
  // higher rate than the registry's own doesn't clear the misses.
  const isProof =
    !replay && !probe.sent && !mixed.suspected && !spoof.suspected && far <= ownFar(registry, setup);
  const [reply] = await Promise.all([recorded, isProof && hasMisses && clearMisses(services, guess)]);
  return reply;
}

/** A copy must not be taken for a new person, so the decision isn't `unknown`. */
const REFUSED = { decision: "inconclusive", reasons: ["replay_suspected"] } as const;
