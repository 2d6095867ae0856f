import type { ClipInput } from "../audio/types.ts";
import type { RegistryId } from "../id.ts";
import type { HeardClip, Services, Speaker } from "../ports.ts";
import { openSetPoint } from "../score/calibration.ts";
import { type Candidate, nearest } from "./candidates.ts";
import { bandOf, thresholdView, unmeasuredFar } from "./decide.ts";
import { farOf, groundsOf, recordDecision } from "./decision.ts";
import { isPoor, isShort, voiceOf, warningsOf } from "./evidence.ts";
import { readRegistry } from "./registry.ts";
import type { IdentifyReply, Reason } from "./replies.ts";
import { qualityView, speechOf } from "./view.ts";
import { probeSide, type Yardstick, yardstickOf } from "./yardstick.ts";

/**
 * The best must be this much likelier than the second best, in natural-log likelihood ratios: ten times. Two ids of
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
  | "random"
  | "registries"
  | "speakers"
>;
type Finding = Pick<IdentifyReply, "candidates" | "decision" | "margin" | "searched" | "threshold"> & {
  reasons: readonly Reason[];
  best: Speaker | undefined;
};

/** One-to-many: who of the registry is this, if anyone? */
export async function identify(
  services: Needs,
  input: { registryId: RegistryId; clip: ClipInput; limit?: number | undefined; far?: number | undefined },
): Promise<IdentifyReply> {
  const registry = await readRegistry(services, input.registryId);
  const probe = await services.embedder.hear(input.clip);
  const yardstick = await yardstickOf(services, input.registryId);
  const far = farOf(input.far, registry, yardstick);
  const { best, ...found } = await find(services, yardstick, probe, {
    ...input,
    far,
    limit: input.limit ?? 5,
  });
  const enrolmentShort = best !== undefined && speechOf(best.clips) < registry.settings.enrolSpeechSeconds;
  return recordDecision(
    services,
    // Whoever is merely nearest to an unknown voice is not noted as having been heard.
    {
      operation: "identify",
      registryId: input.registryId,
      uid: found.decision === "match" ? best?.uid : undefined,
    },
    {
      ...found,
      reasons: [
        ...found.reasons,
        ...(enrolmentShort ? (["enrolment_short"] as const) : []),
        ...(isPoor(probe.quality) ? (["low_quality"] as const) : []),
      ],
      lowEvidence: enrolmentShort || isShort(probe.quality),
      quality: qualityView(probe.quality),
      warnings: warningsOf(probe.quality),
      ...groundsOf(services, yardstick),
    },
  );
}

async function find(
  services: Needs,
  yardstick: Yardstick,
  probe: HeardClip,
  { registryId, far, limit }: { registryId: RegistryId; far: number; limit: number },
): Promise<Finding> {
  const heard = voiceOf(probe);
  if ("lack" in heard) return { ...NOTHING, decision: "inconclusive", reasons: [heard.lack] };
  const side = probeSide(yardstick, heard.voice, probe.quality);
  const { ranked, searched } = await nearest(services, yardstick, registryId, side, limit);
  if (ranked.length === 0) return { ...NOTHING, decision: "unknown", reasons: ["empty_gallery"], searched };
  return {
    ...outcome(ranked, far, searched),
    candidates: ranked.slice(0, limit).map(candidateView),
    searched,
  };
}

const NOTHING = { best: undefined, candidates: [], margin: null, searched: 0, threshold: null } as const;

/** Threshold and margin; the threshold is the best candidate's, at the speech of that trial's shorter side. */
function outcome([best, second]: readonly Candidate[], far: number, searched: number) {
  const margin = second ? best.score.value - second.score.value : null;
  const { table } = best;
  if (!table) return { ...NOTHING, margin, decision: "inconclusive", reasons: ["not_calibrated"] } as const;
  const point = table.points.length > 0 ? openSetPoint(table, far, searched) : undefined;
  if (!point) throw unmeasuredFar(table, far);
  const threshold = { ...thresholdView(table, point), extrapolated: point.extrapolated };
  const close = second !== undefined && (best.score.llr ?? 0) - (second.score.llr ?? 0) < MARGIN_LLR;
  const base = { best: best.speaker, margin, threshold };
  if (best.score.value < point.threshold)
    return { ...base, decision: "unknown", reasons: ["below_threshold"] } as const;
  if (close) return { ...base, decision: "ambiguous", reasons: ["margin_too_small"] } as const;
  return { ...base, decision: "match", reasons: ["above_threshold"] } as const;
}

const candidateView = ({ speaker, score }: Candidate) => ({
  speaker: speaker.speakerId,
  score,
  band: bandOf(score.llr),
});
