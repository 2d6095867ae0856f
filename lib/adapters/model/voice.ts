import { normalize, type UnitVector } from "../../score/scoring/vector.ts";
import type { ModelManifest } from "./manifest.ts";

/**
 * Returns a network's output as an embedding: at unit length, and centered if the model has a mean.
 * Throws for NaN and infinity, which a network may return for unusual input.
 */
export function voiceOf(
  { dimension, mean }: Pick<ModelManifest, "dimension" | "mean">,
  output: Float32Array,
): UnitVector {
  if (output.length !== dimension) throw new RangeError(`embedding of ${output.length} values`);
  const unit = normalize(output);
  return mean ? normalize(unit.map((x, i) => x - (mean[i] ?? 0))) : unit;
}
