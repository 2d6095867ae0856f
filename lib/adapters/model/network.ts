import "./no-telemetry.ts";
import * as ort from "onnxruntime-node";
import type { Features } from "../../audio/types.ts";

export type Network = {
  /**
   * Runs on [batch][frames][bins], or [batch][frames * bins] samples, and returns the flattened
   * output.
   *
   * batch  1 by default; `features.data` then has so many matrices, one after the other
   */
  run(features: Features, batch?: number): Promise<Float32Array>;
  release(): Promise<void>;
};

/**
 * Makes this thread, and threads that it starts from now on, treat denormal numbers as zero. A
 * network that takes a waveform meets them in near silence, where they cost many times the usual
 * time. It also affects float64 of JavaScript, below 1e-307. onnxruntime does this for the first
 * session of a process only, so nothing changes if there was one.
 *
 * bytes  any ONNX network
 */
export async function flushDenormals(bytes: Uint8Array): Promise<void> {
  const extra = { session: { set_denormal_as_zero: "1" } };
  await (await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, extra })).release();
}

/** The names of a network's input and output, and whether it takes samples instead of features. */
export type NetworkInput = { input: string; output: string; waveform?: boolean };

/**
 * Opens an ONNX network with one input [batch][frames][bins], or [batch][samples]. It runs on one
 * thread: a server's cores are used by its workers, and one thread gives the same bits on machines
 * of every size.
 */
export async function openNetwork(
  bytes: Uint8Array,
  { input, output, waveform }: NetworkInput,
): Promise<Network> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // The arena keeps what the longest clip needed, 60 MB and more. Clips of up to 10 s take as
    // long without it, those of two minutes a tenth longer.
    enableCpuMemArena: false,
  });
  return {
    async run(features, batch = 1) {
      const shape = tensorShape(features, batch, waveform === true);
      const tensor = new ort.Tensor("float32", features.data, shape);
      const result = await session.run({ [input]: tensor });
      const data = result[output]?.data;
      if (!(data instanceof Float32Array)) throw new RangeError(`output ${output} is not float32`);
      return data;
    },
    release: () => session.release(),
  };
}

export const tensorShape = (
  { frames, bins }: Pick<Features, "bins" | "frames">,
  batch: number,
  waveform: boolean,
): number[] => (waveform ? [batch, frames * bins] : [batch, frames, bins]);
