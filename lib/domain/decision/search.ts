import type { SpeakerId, SpeakerUid } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { IdentifyReply, Reason } from "../../schema/decision.ts";
import { type Candidate, nearest } from "../scoring/nearest.ts";
import { probeVoice } from "../scoring/probe-quality.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import { bandOf, unmeasuredFar } from "../scoring/threshold.ts";
import type { Probe } from "./probe.ts";
import { searchVerdict } from "./search-verdict.ts";

type Needs = Pick<Services, "clock" | "embedder" | "gallery" | "speakers">;
export type SearchResult = Pick<
  IdentifyReply,
  "candidates" | "decision" | "margin" | "searched" | "separation" | "threshold"
> & {
  reasons: readonly Reason[];
  best: Speaker | undefined;
};

/**
 * Searches the registry for the speaker of an embedded clip. Counts and records nothing, so a reply
 * may only contain its result after `identifyProbe`.
 */
export async function search(
  services: Needs,
  setup: ScoringSetup,
  probe: Probe,
  options: {
    registry: Registry;
    far: number;
    limit: number;
    within: ReadonlySet<SpeakerId> | undefined;
    /** See `decide`. */
    looks?: number | undefined;
    /** Speakers that the voice is not, unless it scores higher than this. */
    unless?: ReadonlyMap<SpeakerUid, number> | undefined;
    uses?: "any" | "identify" | undefined;
  },
): Promise<SearchResult> {
  const { registry, far, limit, within, looks = 1, unless, uses } = options;
  const probed = probeVoice(probe);
  if ("reason" in probed) return { ...NO_CANDIDATE, decision: "inconclusive", reasons: [probed.reason] };
  const side = probeSide(setup, probed.voice, probe.quality);
  const found = await nearest(services, setup, registry, side, limit, within, uses);
  const { searched } = found;
  const ranked = unless
    ? found.ranked.filter(({ speaker, score }) => score.value > (unless.get(speaker.uid) ?? -Infinity))
    : found.ranked;
  const [best, second] = ranked;
  if (!best) return { ...NO_CANDIDATE, decision: "unknown", reasons: ["empty_gallery"], searched };
  return {
    ...decideSearch(setup, best, second, { far, searched: looks * searched }),
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

/** The result for a clip of several speakers, if the registry refuses such clips. */
export const MIXED: SearchResult = {
  ...NO_CANDIDATE,
  decision: "inconclusive",
  reasons: ["multiple_speakers"],
};

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
