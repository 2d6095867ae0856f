import type { ClipInput } from "../../audio/types.ts";
import type { GroupId, SpeakerId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Group, Speaker } from "../../ports/speaker.ts";
import type { IdentifyReply, Reason } from "../../schema/decision.ts";
import {
  type Caller,
  clearRejects,
  countGuess,
  type Guess,
  openSearch,
  uncountGuess,
} from "../registry/attempts.ts";
import { forSpeakersCheck } from "../scoring/multiple-speakers.ts";
import { type Candidate, nearest } from "../scoring/nearest.ts";
import { probeVoice, warningsOf } from "../scoring/probe-quality.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import { bandOf, unmeasuredFar } from "../scoring/threshold.ts";
import { requireGroup } from "../speaker/group.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import { isRefused, knownRecordings, rememberProbe, replayOf, replayView } from "./known-recording.ts";
import { mixedProbe, mixedWarnings } from "./mixed-probe.ts";
import { caveatsOf, type FarChoice, farOf, ownFar, provenanceOf, recordDecision } from "./record.ts";
import { searchVerdict } from "./search-verdict.ts";

type Needs = Pick<
  Services,
  | "active"
  | "calibrations"
  | "clock"
  | "cohorts"
  | "decisions"
  | "embedder"
  | "gallery"
  | "groups"
  | "heardProbes"
  | "limits"
  | "random"
  | "speakers"
>;
type SearchResult = Pick<
  IdentifyReply,
  "candidates" | "decision" | "margin" | "searched" | "separation" | "threshold"
> & {
  reasons: readonly Reason[];
  best: Speaker | undefined;
};

/** Decides which speaker of the registry, if any, a clip belongs to. */
export async function identify(
  services: Needs,
  input: {
    registry: Registry;
    clip: ClipInput;
    /** Search only the members of this group. */
    groupId?: GroupId | undefined;
    limit?: number | undefined;
    /** Undefined: the command line. */
    caller?: Caller | undefined;
    attempt?: RequestAttempt | undefined;
  } & FarChoice,
): Promise<IdentifyReply> {
  const { registry, groupId } = input;
  const { registryId } = registry;
  const group = groupId && (await requireGroup(services, { registryId, groupId }));
  const guess = await openSearch(services, registry, input.caller);
  const [probe, setup] = await Promise.all([
    services.embedder.embed(input.clip, forSpeakersCheck(services.embedder)),
    scoringSetup(services, registryId),
  ]);
  return identifyProbe(services, { ...input, probe, setup, guess, group });
}

/**
 * Decides which speaker of the registry, if any, an embedded clip belongs to, and counts the guess.
 */
export async function identifyProbe(
  services: Needs,
  input: {
    registry: Registry;
    probe: ClipEmbedding;
    setup: ScoringSetup;
    guess: Guess;
    group?: Group | undefined;
    limit?: number | undefined;
    attempt?: RequestAttempt | undefined;
  } & FarChoice,
): Promise<IdentifyReply> {
  const { registry, probe, setup, guess, group, attempt } = input;
  const { registryId } = registry;
  const far = farOf(input, registry, setup);
  const mixed = mixedProbe(services, registry, [probe]);
  const { best, ...found } = mixed.refused
    ? MIXED
    : await search(services, setup, probe, {
        registry,
        far,
        within: group && new Set(group.members),
        limit: input.limit ?? 5,
      });
  if (found.decision !== "inconclusive" && found.searched > 0) await countGuess(services, guess);
  const matched = found.decision === "match" ? best : undefined;
  const known = matched && (await knownRecordings(services, registry, matched, attempt));
  const replay = matched && known && (await replayOf(matched, known, probe));
  const refused = isRefused(registry, replay);
  const caveats = caveatsOf(registry, best, probe.quality);
  const recorded = recordDecision(
    services,
    // Name a speaker in the record only for a match; the nearest to an unknown voice is not
    // identified.
    { operation: "identify", registryId, uid: matched?.uid, days: registry.settings.decisionDays },
    {
      ...found,
      ...(refused ? REFUSED : {}),
      reasons: [...(refused ? REFUSED : found).reasons, ...caveats.reasons],
      lowEvidence: caveats.lowEvidence,
      operatingPoint: { far },
      quality: qualityView(probe.quality),
      warnings: [...warningsOf(probe.quality), ...mixedWarnings(mixed)],
      ...replayView(replay),
      ...provenanceOf(services, setup),
    },
    async (made) => {
      if (!matched || replay) return;
      await rememberProbe(services, registry, probe, { ...made, uid: matched.uid, request: attempt?.mark });
    },
  );
  const isProof = !replay && !mixed.suspected && far <= ownFar(registry, setup);
  const settled = matched && !refused ? settleMatch(services, guess, isProof) : undefined;
  const [reply] = await Promise.all([recorded, settled]);
  return reply;
}

/** A copy must not be taken for a new person, so the decision isn't `unknown`. */
const REFUSED = { decision: "inconclusive", reasons: ["replay_suspected"] } as const;

/**
 * A copy, a clip of several speakers, or a match at a higher rate than the registry's own doesn't
 * clear the misses.
 */
const settleMatch = (services: Needs, guess: Guess, isProof: boolean): Promise<void> =>
  isProof ? clearRejects(services, guess) : uncountGuess(services, guess);

async function search(
  services: Needs,
  setup: ScoringSetup,
  probe: ClipEmbedding,
  options: { registry: Registry; far: number; limit: number; within: ReadonlySet<SpeakerId> | undefined },
): Promise<SearchResult> {
  const { registry, far, limit, within } = options;
  const probed = probeVoice(probe);
  if ("reason" in probed) return { ...NO_CANDIDATE, decision: "inconclusive", reasons: [probed.reason] };
  const side = probeSide(setup, probed.voice, probe.quality);
  const { ranked, searched } = await nearest(services, setup, registry, side, limit, within);
  const [best, second] = ranked;
  if (!best) return { ...NO_CANDIDATE, decision: "unknown", reasons: ["empty_gallery"], searched };
  return {
    ...decideSearch(setup, best, second, { far, searched }),
    candidates: ranked.slice(0, limit).map(candidateView),
    searched,
  };
}

const NO_CANDIDATE = {
  best: undefined,
  candidates: [],
  margin: null,
  searched: 0,
  separation: null,
  threshold: null,
} as const;

const MIXED: SearchResult = { ...NO_CANDIDATE, decision: "inconclusive", reasons: ["multiple_speakers"] };

/**
 * Decides by the threshold of the best candidate's trial. Throws `validation-failed` for an
 * unmeasured FAR.
 */
function decideSearch(
  { calibration }: ScoringSetup,
  best: Candidate,
  second: Candidate | undefined,
  options: { far: number; searched: number },
) {
  const margin = second ? best.score.value - second.score.value : null;
  const { table, ...trial } = best;
  if (!table)
    return { ...NO_CANDIDATE, margin, decision: "inconclusive", reasons: ["not_calibrated"] } as const;
  const verdict = searchVerdict(calibration, { ...trial, table }, second, options);
  if (!verdict) throw unmeasuredFar(table, options.far);
  return { ...verdict, best: best.speaker, margin };
}

const candidateView = ({ speaker, score }: Candidate) => ({
  speaker: speaker.speakerId,
  score,
  band: bandOf(score.llr),
});
