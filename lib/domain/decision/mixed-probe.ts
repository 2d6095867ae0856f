import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { mixedProbesOf } from "../registry/mixed-probes.ts";
import { hasMultipleSpeakers } from "../scoring/multiple-speakers.ts";
import { probeVoice } from "../scoring/probe-quality.ts";
import type { Probe } from "./probe.ts";

/**
 * `suspected`: a probe appears to contain several speakers; `refused`: it does, and the registry
 * doesn't decide on such probes.
 */
export type MixedProbe = { suspected: boolean; refused: boolean };

/**
 * Checks the probes of a decision for several speakers. A probe without a voice isn't one: it gets
 * its own reason. Of an embedding, its sender says so.
 */
export function mixedProbe(
  { embedder }: Pick<Services, "embedder">,
  { settings }: Registry,
  probes: readonly Probe[],
): MixedProbe {
  const voiced = probes.every((probe) => "voice" in probeVoice(probe));
  const suspected = probes.some((probe) =>
    probe.sent ? probe.sent.multipleSpeakers : hasMultipleSpeakers(embedder, probe),
  );
  return { suspected, refused: voiced && suspected && mixedProbesOf(settings) === "refuse" };
}

/** The warning of a clip that appears to contain several speakers, also at enrollment. */
export const mixedWarnings = ({ suspected }: Pick<MixedProbe, "suspected">): string[] =>
  suspected ? ["multiple-speakers-suspected"] : [];
