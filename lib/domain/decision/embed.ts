import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { type EmbeddingView, PRECISION } from "../../schema/embedding.ts";
import { forSpeakersCheck } from "../scoring/multiple-speakers.ts";
import { probeVoice, warningsOf } from "../scoring/probe-quality.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import { requireEmbeddings } from "./embedding-input.ts";
import { mixedProbe, mixedWarnings } from "./mixed-probe.ts";

/** As many significant digits restore any float32. */
const DIGITS = 9;

/**
 * Returns a clip's embedding and what a decision on it needs to know. Stores nothing.
 *
 * Throws `embeddings-off`, `audio-no-speech` and `audio-too-short`.
 */
export async function embedClip(
  services: Pick<Services, "embedder">,
  { registry, clip }: { registry: Registry; clip: ClipInput },
): Promise<EmbeddingView> {
  requireEmbeddings(registry);
  const { embedder } = services;
  const probe = await embedder.embed(clip, forSpeakersCheck(embedder));
  const { quality } = probe;
  const probed = probeVoice(probe);
  if ("reason" in probed) throw withoutVoice(probed.reason);
  return {
    model: embedder.model.modelId,
    dimension: embedder.model.dimension,
    precision: PRECISION,
    embedding: Array.from(probed.voice, (value) => Number(value.toPrecision(DIGITS))),
    quality: qualityView(quality),
    warnings: [...warningsOf(quality), ...mixedWarnings(mixedProbe(services, registry, [probe]))],
  };
}

const withoutVoice = (reason: string): AppError =>
  reason === "no_speech"
    ? new AppError("audio-no-speech", "No speech was found. Record a person speaking.")
    : new AppError("audio-too-short", "The clip has too little speech for an embedding. Record more.");
