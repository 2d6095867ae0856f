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
import { farOf, groundsOf, recordDecision } from "./record.ts";

/**
 * Where the calibration has learnt no margin (score/margin.ts): the best must be this much likelier than the second best, in natural-log likelihood ratios: ten times. Two ids of
 * one person, or two people the model can hardly tell apart, come closer; in units of likelihood it holds for every
 * model and method.
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
type Finding = Pick<
  IdentifyReply,
  "candidates" | "decision" | "margin" | "searched" | "separation" | "threshold"
> & {
  reasons: readonly Reason[];
  best: Speaker | undefined;
};

/** One-to-many: who of the registry is this, if anyone? */
export async function identify(
  services: Needs,
  input: {
    registry: Registry;
    clip: ClipInput;
    /** Search among its members alone. */
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
  const { best, ...found } = await find(services, setup, probe, {
    registryId,
    far,
    within: group && new Set(group.members),
    limit: input.limit ?? 5,
  });
  const enrollmentShort = best !== undefined && speechOf(best.clips) < registry.settings.enrollSpeechSeconds;
  return recordDecision(
    services,
    // Whoever is merely nearest to an unknown voice is not noted as having been heard.
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
      ...groundsOf(services, setup),
    },
  );
}

async function find(
  services: Needs,
  setup: ScoringSetup,
  probe: ClipEmbedding,
  wanted: { registryId: RegistryId; far: number; limit: number; within: ReadonlySet<SpeakerId> | undefined },
): Promise<Finding> {
  const { registryId, far, limit, within } = wanted;
  const embedded = probeVoice(probe);
  if ("reason" in embedded) return { ...NOTHING, decision: "inconclusive", reasons: [embedded.reason] };
  const side = probeSide(setup, embedded.voice, probe.quality);
  const { ranked, searched } = await nearest(services, setup, registryId, side, limit, within);
  if (ranked.length === 0) return { ...NOTHING, decision: "unknown", reasons: ["empty_gallery"], searched };
  return {
    ...outcome(setup, ranked, { far, searched }),
    candidates: ranked.slice(0, limit).map(candidateView),
    searched,
  };
}

const NOTHING = {
  best: undefined,
  candidates: [],
  margin: null,
  searched: 0,
  separation: null,
  threshold: null,
} as const;

/** The threshold is the best candidate's, at the speech of that trial's shorter side. */
function outcome(
  { calibration }: ScoringSetup,
  [best, second]: readonly Candidate[],
  wanted: { far: number; searched: number },
) {
  const margin = second ? best.score.value - second.score.value : null;
  const { table, ...found } = best;
  if (!table) return { ...NOTHING, margin, decision: "inconclusive", reasons: ["not_calibrated"] } as const;
  const verdict = searchVerdict(calibration, { ...found, table }, second, wanted);
  if (!verdict) throw unmeasuredFar(table, wanted.far);
  return { ...verdict, best: best.speaker, margin };
}

/** Threshold and margin; undefined where nothing was measured that the threshold could be extended from. */
export function searchVerdict(
  calibration: Calibration,
  { score, line, table }: Omit<Trial, "table"> & { table: CalibrationTable },
  second: Pick<Trial, "line"> | undefined,
  { far, searched }: { far: number; searched: number },
): Pick<Finding, "decision" | "reasons" | "separation" | "threshold"> | undefined {
  const point = table.points.length > 0 ? openSetPoint(table, far, searched) : undefined;
  if (!point) return undefined;
  const threshold = { ...thresholdView(table, point), extrapolated: point.extrapolated };
  const separation = separationOf(calibration, line, second?.line);
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
