import type { SpeakerUid } from "../../id.ts";
import type { CandidateVoice, Stranger } from "../../ports/candidate-voice.ts";
import type { ClipEmbedding, DiarizedRecording } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { IdentifyReply } from "../../schema/decision.ts";
import { toFixed } from "../../score/scoring/fixed-point.ts";
import { rejectedFor } from "../people/match.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { search } from "./search.ts";

type Point = { registry: Registry; far: number; unless: ReadonlyMap<SpeakerUid, number> | undefined };
export type FoundStrangers = { found: Stranger[]; others: SpeakerUid[] };

/**
 * Returns what tells which speakers somebody has said that a voice is not, by the candidates of
 * which that was said.
 */
export const rejectionsBy =
  (setup: ScoringSetup, candidates: readonly CandidateVoice[], far: number) =>
  ({ embedding, quality }: ClipEmbedding): ReadonlyMap<SpeakerUid, number> | undefined => {
    if (!embedding || candidates.length === 0) return undefined;
    const { speechSeconds, bandwidth } = quality;
    return rejectedFor(setup, candidates, { embedding: toFixed(embedding), speechSeconds, bandwidth }, far);
  };

/**
 * The voice of a recording as a stranger that may be kept. Undefined for one that was recognized,
 * that is not clear enough, or that belongs to a speaker who may not be identified.
 */
export async function strangerOf(
  services: Parameters<typeof search>[0],
  setup: ScoringSetup,
  { lasting }: DiarizedRecording["voices"][number],
  { decision, warnings }: Pick<IdentifyReply, "decision" | "warnings">,
  { voice, registry, far, unless }: Point & { voice: number },
): Promise<Stranger | undefined> {
  if (decision !== "unknown" || !lasting?.probe.embedding) return undefined;
  if (UNFIT.some((warning) => warnings.includes(warning))) return undefined;
  const { embedding, quality } = lasting.probe;
  const options = { registry, far, unless, limit: 1, within: undefined, uses: "any" } as const;
  const known = await search(services, setup, lasting.probe, options);
  if (known.decision === "match" || known.decision === "ambiguous") return undefined;
  return {
    ...{ voice, embedding: toFixed(embedding) },
    ...{ speechSeconds: quality.speechSeconds, bandwidth: quality.bandwidth },
    pieces: lasting.pieces.map(({ start, end }) => [Math.round(100 * start), Math.round(100 * end)] as const),
  };
}

/** A voice that isn't one person's, or that is hardly audible, would attract others. */
const UNFIT: readonly string[] = ["low-quality", "multiple-speakers-suspected"];
