import "../../lib/adapters/model/no-telemetry.ts";
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-node";
import { readSamples } from "../../lib/audio/read-samples.ts";

const CHUNK = 160_000;
const FRAME_SECONDS = 0.016875;
/** The speakers of each class of the network: none, one of three, or two of the three at once. */
const CLASSES = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2]] as const;

/**
 * Opens pyannote's segmentation network (segmentation-3.0, MIT). The function returns the seconds
 * of the second most active speaker, in the chunk of 10 s where that is most. Chunks overlap by
 * half.
 */
export async function openSegmentation(path: string): Promise<(file: Uint8Array) => Promise<number>> {
  const session = await ort.InferenceSession.create(await readFile(path), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return async (file) => {
    const { samples } = await readSamples({ bytes: file });
    let most = 0;
    for (const start of chunkStarts(samples.length)) {
      const chunk = new Float32Array(CHUNK);
      chunk.set(samples.subarray(start, start + CHUNK));
      const { y } = await session.run({ x: new ort.Tensor("float32", chunk, [1, 1, CHUNK]) });
      if (!(y?.data instanceof Float32Array)) throw new RangeError("the network has no output y");
      most = Math.max(most, secondsOfSecond(y.data));
    }
    return most;
  };
}

function chunkStarts(length: number): number[] {
  const steps = Math.max(0, Math.ceil((length - CHUNK) / (CHUNK / 2)));
  return Array.from({ length: steps + 1 }, (_, i) => Math.max(0, Math.min((i * CHUNK) / 2, length - CHUNK)));
}

/** `probabilities`: [frames][classes] logarithms */
function secondsOfSecond(probabilities: Float32Array): number {
  const frames = [0, 0, 0];
  for (let at = 0; at < probabilities.length; at += CLASSES.length) {
    const row = probabilities.subarray(at, at + CLASSES.length);
    for (const speaker of CLASSES[row.indexOf(Math.max(...row))] ?? []) frames[speaker]++;
  }
  return [...frames].sort((a, b) => b - a)[1] * FRAME_SECONDS;
}
