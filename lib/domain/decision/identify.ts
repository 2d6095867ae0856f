import type { ClipInput } from "../../audio/types.ts";
import type { GroupId, RegistryId, SpeakerId } from "../../id.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { IdentifyReply, Reason, Separation } from "../../schema/decision.ts";
import { openSetPoint } from "../../score/scoring/calibration.ts";
import type { Calibration, CalibrationTable } from "../../score/scoring/types.ts";
import { type Candidate, nearest } from "../scoring/nearest.ts";
import { isPoor, isShort, probeVoice, warningsOf } from "../scoring/probe-quality.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { bandOf, type Trial, thresholdView, unmeasuredFar } from "../scoring/trial.ts";
import { requireGroup } from "../speaker/group.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import { farOf, provenanceOf, recordDecision } from "./record.ts";

/**
 * The margin for calibrations that learned none (lib/score/fit/margin.ts): the best candidate must
 * be ten times likelier than the second, as a natural logarithm. Two ids of one person, or two
 * people with very similar voices, come closer. A likelihood ratio means the same for every model
 * and method.
 */
const MARGIN_LLR = Math.log(10);

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
    far?: number | undefined;
  },
): Promise<IdentifyReply> {
  const { registry, groupId } = input;
  const { registryId } = registry;
  const group = groupId && (await requireGroup(services, { registryId, groupId }));
  const [probe, setup] = await Promise.all([
    services.embedder.embed(input.clip),
    scoringSetup(services, registryId),
  ]);
  const far = farOf(input.far, registry, setup);
  const { best, ...found } = await search(services, setup, probe, {
    registryId,
    far,
    within: group && new Set(group.members),
    limit: input.limit ?? 5,
  });
  const enrollmentShort = best !== undefined && speechOf(best.clips) < registry.settings.enrollSpeechSeconds;
  return recordDecision(
    services,
    // Name a speaker in the record only for a match; the nearest to an unknown voice is not
    // identified.
    {
      operation: "identify",
      registryId,
      uid: found.decision === "match" ? best?.uid : undefined,
    },
    {
      ...found,
      reasons: [
        ...found.reasons,
        ...(enrollmentShort ? (["enrollment_short"] as const) : []),
        ...(isPoor(probe.quality) ? (["low_quality"] as const) : []),
      ],
      lowEvidence: enrollmentShort || isShort(probe.quality),
      operatingPoint: { far },
      quality: qualityView(probe.quality),
      warnings: warningsOf(probe.quality),
      ...provenanceOf(services, setup),
    },
  );
}

async function search(
  services: Needs,
  setup: ScoringSetup,
  probe: ClipEmbedding,
  options: { registryId: RegistryId; far: number; limit: number; within: ReadonlySet<SpeakerId> | undefined },
): Promise<SearchResult> {
  const { registryId, far, limit, within } = options;
  const probed = probeVoice(probe);
  if ("reason" in probed) return { ...NO_CANDIDATE, decision: "inconclusive", reasons: [probed.reason] };
  const side = probeSide(setup, probed.voice, probe.quality);
  const { ranked, searched } = await nearest(services, setup, registryId, side, limit, within);
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

/**
 * Decides a one-to-many search by the best candidate's score and its distance to the second.
 * Undefined if the table has no measured threshold to extrapolate from.
 */
export function searchVerdict(
  calibration: Calibration,
  { score, unboundedLlr, table }: Omit<Trial, "table"> & { table: CalibrationTable },
  second: Pick<Trial, "unboundedLlr"> | undefined,
  { far, searched }: { far: number; searched: number },
): Pick<SearchResult, "decision" | "reasons" | "separation" | "threshold"> | undefined {
  const point = table.points.length > 0 ? openSetPoint(table, far, searched) : undefined;
  if (!point) return undefined;
  const threshold = { ...thresholdView(table, point), extrapolated: point.extrapolated };
  const separation = separationOf(calibration, unboundedLlr, second?.unboundedLlr);
  const base = { separation, threshold };
  if (score.value < point.threshold) return { ...base, decision: "unknown", reasons: ["below_threshold"] };
  if (isClose(separation)) return { ...base, decision: "ambiguous", reasons: ["margin_too_small"] };
  return { ...base, decision: "match", reasons: ["above_threshold"] };
}

function separationOf(
  { margin }: Pick<Calibration, "margin">,
  best: number | null,
  second: number | null | undefined,
): Separation {
  return {
    llr: second === undefined || second === null ? null : (best ?? 0) - second,
    needed: margin?.llr ?? MARGIN_LLR,
    learnt: margin !== undefined,
    misidentified: margin?.misidentified ?? null,
  };
}

const isClose = ({ llr, needed }: Separation): boolean => llr !== null && llr <= needed;

const candidateView = ({ speaker, score }: Candidate) => ({
  speaker: speaker.speakerId,
  score,
  band: bandOf(score.llr),
});
