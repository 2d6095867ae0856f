import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";

/**
 * The same unit vectors in every run. spread: how far they are from one common direction; with 1,
 * about 20 directions dominate, as in embeddings of voices.
 */
export function randomVoices(
  count: number,
  { dimension, seed, spread }: { dimension: number; seed: number; spread: number },
): UnitVector[] {
  let state = seed;
  // Park and Miller's generator.
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  return Array.from({ length: count }, () =>
    normalize(Array.from({ length: dimension }, (_, i) => (next() * spread) / (1 + i / 20) + (1 - spread))),
  );
}
