import type { SpoofScore } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Probe } from "./probe.ts";

/** What an installed detector says about the probes of a decision. */
export type SpoofResult = { lowest: SpoofScore | undefined; suspected: boolean };

/**
 * Undefined scores: no detector is installed, or a probe was an embedding or had too little speech.
 */
export function spoofResult({ settings }: Registry, probes: readonly Probe[]): SpoofResult {
  const scores = probes.flatMap((probe) => probe.spoof ?? []);
  const [lowest] = scores.toSorted((a, b) => a.score - b.score);
  const { spoofWarning } = settings;
  return { lowest, suspected: !!lowest && spoofWarning !== undefined && lowest.score < spoofWarning };
}

/** The fields of a reply. */
export const spoofView = ({ lowest }: SpoofResult) => ({
  spoof: lowest ?? null,
  spoofCheck: lowest ? ("score" as const) : ("none" as const),
});

/** The warning of a registry that asks for one. A score never changes a decision. */
export const spoofWarnings = ({ suspected }: Pick<SpoofResult, "suspected">): string[] =>
  suspected ? ["spoof-suspected"] : [];
