import { CLIP } from "../../audio/limits.ts";
import type { Quality } from "../../audio/types.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Services } from "../../ports/services.ts";
import { forSpeakersCheck } from "../scoring/multiple-speakers.ts";
import type { EmbeddingInput, KnownQuality, ProbeInput } from "./embedding-input.ts";

/** What a decision is made on. If `sent` is set, there is no recording, only its embedding. */
export type Probe = Pick<ClipEmbedding, "embedding" | "quality" | "windows"> &
  Partial<Pick<ClipEmbedding, "audioSha256" | "fingerprint" | "spoof">> & {
    sent?: EmbeddingInput | undefined;
  };

/**
 * Speech to assume if none is stated: the shortest of each bucket of thresholds, and the longest.
 */
const ASSUMED_SECONDS = [1, 2, 4, 8, CLIP.maxSeconds];
const ASSUMED_BANDWIDTHS = ["wide", "telephone"] as const;

/**
 * Embeds a clip to decide on. An embedding that comes without its speech or bandwidth becomes
 * several probes, one for each condition that it may be of; `strictest` chooses among their
 * results.
 */
export async function probesOf(
  { embedder }: Pick<Services, "embedder">,
  input: ProbeInput,
): Promise<readonly Probe[]> {
  if (!("voice" in input))
    return [await embedder.embed(input, { ...forSpeakersCheck(embedder), spoof: true })];
  const windows = { embeddings: [], weight: 0 };
  return qualitiesOf(input.quality).map((quality) => ({
    ...{ embedding: input.voice, quality, windows, sent: input },
  }));
}

function qualitiesOf({ speechSeconds, bandwidth, ...known }: KnownQuality): Quality[] {
  const { totalSeconds, levelDb, snrDb, clippedFraction = 0 } = known;
  const seconds = speechSeconds === undefined ? ASSUMED_SECONDS : [speechSeconds];
  const bandwidths = bandwidth === undefined ? ASSUMED_BANDWIDTHS : [bandwidth];
  return seconds.flatMap((speech) =>
    bandwidths.map((band) => ({
      ...{ totalSeconds: totalSeconds ?? speech, speechSeconds: speech, bandwidth: band },
      ...{ levelDb, snrDb, clippedFraction },
    })),
  );
}

/** Warnings about an embedding that its caller made, and about conditions that were assumed. */
export function sentWarnings(probes: readonly Probe[]): string[] {
  const sent = probes.flatMap((probe) => probe.sent ?? []);
  const isAssumed = sent.some(
    ({ quality: { speechSeconds, bandwidth } }) => speechSeconds === undefined || bandwidth === undefined,
  );
  return [...(sent.length > 0 ? ["probe-embedding"] : []), ...(isAssumed ? ["conditions-assumed"] : [])];
}

type Decided = {
  decision: string;
  score?: { value: number } | null;
  candidates?: readonly { score: { value: number } }[];
  threshold: { value: number } | null;
};

/** Of at least one result under different conditions, the one least in favor of the probe. */
export const strictest = <One extends { result: Decided }>(all: readonly One[]): One =>
  all.reduce((least, one) => (isStricter(one.result, least.result) ? one : least));

function isStricter(a: Decided, b: Decided): boolean {
  if (isPositive(a) !== isPositive(b)) return isPositive(b);
  return clearanceOf(a) < clearanceOf(b);
}

const isPositive = ({ decision }: Decided): boolean => decision === "accept" || decision === "match";

/** How far the score is above its threshold. Without a threshold nothing can be accepted. */
function clearanceOf({ score, candidates, threshold }: Decided): number {
  const value = (score ?? candidates?.[0]?.score)?.value;
  return value === undefined || !threshold ? Number.NEGATIVE_INFINITY : value - threshold.value;
}
