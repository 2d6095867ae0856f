import "../lib/adapters/model/no-telemetry.ts";
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-node";
import { readSamples } from "../lib/audio/read-samples.ts";
import type { EmbedClip } from "../lib/evaluate/embedding-cache.ts";
import { normalize } from "../lib/score/scoring/vector.ts";
import { ge2eWindows, WINDOW_FRAMES } from "./ge2e-input.ts";

/**
 * Embeds clips with the open GE2E encoder, as the mean over windows. The quality comes from
 * `reference`, so that the trials of both systems fall into the same parts.
 *
 * file  an ONNX export with input [n][160][40] and output [n][D]
 */
export async function ge2eEmbed(file: string, reference: EmbedClip): Promise<EmbedClip> {
  const session = await ort.InferenceSession.create(await readFile(file), { logSeverityLevel: 3 });
  const input = session.inputNames[0];
  const output = session.outputNames[0];
  return async (clip, options) => {
    const { quality } = await reference(clip, options);
    const { samples } = await readSamples(clip);
    const windows = ge2eWindows(samples);
    const data = new Float32Array(windows.length * windows[0].length);
    for (const [i, window] of windows.entries()) data.set(window, i * window.length);
    const tensor = new ort.Tensor("float32", data, [
      windows.length,
      WINDOW_FRAMES,
      windows[0].length / WINDOW_FRAMES,
    ]);
    const result = await session.run({ [input]: tensor });
    const values = result[output].data;
    if (!(values instanceof Float32Array)) throw new RangeError(`output ${output} is not float32`);
    const dimension = values.length / windows.length;
    const sum = new Float64Array(dimension);
    for (const [i, x] of values.entries()) sum[i % dimension] += x;
    return { embedding: normalize(sum), quality };
  };
}
