import type { SpeakerId } from "../../id.ts";
import type { DecisionRecord } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { DecisionReply } from "../../schema/decision.ts";
import type { TrendsView } from "../../schema/trend.ts";
import { quantile } from "../../score/rates/quantile.ts";
import { liveSpeaker } from "../speaker/speaker.ts";
import { replyOf } from "./replay.ts";

const MOST_DECISIONS = 5000;
/** With fewer accepted verifications the lower tenth is that of a few people. */
const FEWEST_ACCEPTED = 50;
/** So many accepted verifications in a row below the lower tenth: one in 100,000 by chance. */
const IN_A_ROW = 5;
const DAY_MS = 86_400_000;

type Verification = Pick<DecisionReply, "decision" | "decisionId"> & {
  at: string;
  speaker: SpeakerId;
  /** Undefined for a clip without a score, or a model without thresholds. */
  cosine: number | undefined;
};
type Scored = Verification & { cosine: number };

/**
 * How the scores of verifications develop: by week, and for whom they have become low. Voices age
 * and microphones change, and a voiceprint of today follows neither.
 *
 * speakerId  also return this speaker's accepted verifications
 * throws     `speaker-not-found`
 */
export async function trends(
  services: Pick<Services, "clock" | "decisions" | "embedder" | "speakers">,
  { registry, speakerId }: { registry: Registry; speakerId?: SpeakerId | undefined },
): Promise<TrendsView> {
  if (speakerId) await liveSpeaker(services, { registry, speakerId });
  const recent = await services.decisions.recent(registry.registryId, MOST_DECISIONS);
  const { modelId } = services.embedder.model;
  // Cosines of two models can't be compared. Likelihood ratios are bounded, so most are equal.
  const all = recent.flatMap((record) => verification(record, modelId) ?? []).reverse();
  const accepted = all.filter(isScored).filter(({ decision }) => decision === "accept");
  const lowerTenth = accepted.length < FEWEST_ACCEPTED ? null : quantile(sortedCosines(accepted), 0.1);
  return {
    looked: recent.length,
    weeks: weeksOf(all),
    lowerTenth,
    reEnrollmentAdvised: lowerTenth === null ? [] : below(accepted, lowerTenth),
    speaker: speakerId
      ? accepted
          .filter(({ speaker }) => speaker === speakerId)
          .map(({ decisionId, at, cosine }) => ({ decisionId, at, cosine }))
      : null,
  };
}

function verification(record: DecisionRecord, modelId: string): Verification | undefined {
  const reply = replyOf(record);
  if (record.operation !== "verify" || !reply || "candidates" in reply || !reply.speaker) return undefined;
  if (reply.model !== modelId) return undefined;
  const { decision, decisionId, speaker, score } = reply;
  return { decision, decisionId, speaker, at: record.at, cosine: score?.cosine };
}

const isScored = (one: Verification): one is Scored => one.cosine !== undefined;
const sortedCosines = (scored: readonly Scored[]) => scored.map(({ cosine }) => cosine).sort((a, b) => a - b);

/** accepted: oldest first */
function below(accepted: readonly Scored[], lowerTenth: number): SpeakerId[] {
  const bySpeaker = [...Map.groupBy(accepted, ({ speaker }) => speaker)];
  return bySpeaker
    .filter(
      ([, own]) => own.length >= IN_A_ROW && own.slice(-IN_A_ROW).every((one) => one.cosine < lowerTenth),
    )
    .map(([speaker]) => speaker)
    .sort();
}

function weeksOf(all: readonly Verification[]): TrendsView["weeks"] {
  const weeks = Map.groupBy(all, ({ at }) => mondayOf(at));
  return [...weeks].map(([from, own]) => {
    const of = (decision: Verification["decision"]) => own.filter((one) => one.decision === decision);
    return {
      from,
      accepted: of("accept").length,
      rejected: of("reject").length,
      inconclusive: of("inconclusive").length,
      acceptedCosine: spreadOf(of("accept")),
      rejectedCosine: spreadOf(of("reject")),
    };
  });
}

function spreadOf(some: readonly Verification[]): TrendsView["weeks"][number]["acceptedCosine"] {
  const sorted = sortedCosines(some.filter(isScored));
  if (sorted.length === 0) return null;
  return { low: quantile(sorted, 0.1), median: quantile(sorted, 0.5), high: quantile(sorted, 0.9) };
}

/** The Monday of a time's week at 00:00 UTC. 1970-01-01 was a Thursday. */
function mondayOf(at: string): string {
  const day = Math.floor(Date.parse(at) / DAY_MS);
  return new Date((day - ((day + 3) % 7)) * DAY_MS).toISOString();
}
