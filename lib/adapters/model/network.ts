import "./no-telemetry.ts";
import * as ort from "onnxruntime-node";
import type { Features } from "../../audio/types.ts";

export type Network = {
  /**
   * Runs on [batch][frames][bins] and returns the flattened output.
   *
   * batch  1 by default; `features.data` then has so many matrices, one after the other
   */
  run(features: Features, batch?: number): Promise<Float32Array>;
  release(): Promise<void>;
};

/**
 * Opens an ONNX network with one input [batch][frames][bins]. It runs on one thread: a server's
 * cores are used by its workers, and one thread gives the same bits on machines of every size.
 */
export async function openNetwork(bytes: Uint8Array, input: string, output: string): Promise<Network> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  return {
    async run(features, batch = 1) {
      const shape = [batch, features.frames, features.bins];
      const tensor = new ort.Tensor("float32", features.data, shape);
      const result = await session.run({ [input]: tensor });
      const data = result[output]?.data;
      if (!(data instanceof Float32Array)) throw new RangeError(`output ${output} is not float32`);
      return data;
    },
    release: () => session.release(),
  };
}
