/** How loud each frame is. */
import type { Features } from "./types.ts";

/** Natural log of Kaldi's floor, plus room for float32: no bin of a frame of zeros is above it. */
const SILENT = Math.log(1.1920929e-7) + 1e-3;
const DB_PER_NAT = 10 / Math.LN10;

/**
 * features  log-mel, raw
 * returns   [frames] dB of the power summed over the bins, on the features' own scale; -Infinity for a frame of digital
 *           silence (or a constant), whose bins all lie on the floor
 */
export function frameLevels({ frames, bins, data }: Features): Float32Array {
  return Float32Array.from({ length: frames }, (_, frame) => {
    let power = 0;
    let silent = true;
    for (let i = frame * bins; i < (frame + 1) * bins; i++) {
      power += Math.exp(data[i]);
      if (data[i] > SILENT) silent = false;
    }
    return silent ? Number.NEGATIVE_INFINITY : DB_PER_NAT * Math.log(power);
  });
}
