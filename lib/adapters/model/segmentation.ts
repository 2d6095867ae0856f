import "./no-telemetry.ts";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { POWERSET_CLASSES, SEGMENTATION_SECONDS, type SegmentedWindow } from "../../diarize/powerset.ts";
import { floats, type LongSamples, RATE_HZ } from "./long-samples.ts";
import { readChecked } from "./manifest.ts";
import { readPart } from "./part.ts";

/** A network that hears who speaks when in 10 s. */
export type Segmenter = {
  /** samples: 10 s, full scale at 1. Returns [frames][7] natural logarithms. */
  run(samples: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
};

const WINDOW = SEGMENTATION_SECONDS * RATE_HZ;
/** Each moment is heard twice, once far from the edges of a window. */
const HOP = WINDOW / 2;

/** Opens the network of an installed part. Rejects if its digest isn't the stated one. */
export async function openSegmentation(folder: string): Promise<Segmenter> {
  const { file, sha256 } = await readPart(folder);
  return segmenterOf(await readChecked(join(folder, file), sha256));
}

/**
 * Opens a network with one input [batch][1][samples] and one output [batch][frames][7]. It runs on
 * one thread.
 */
export async function segmenterOf(network: Uint8Array): Promise<Segmenter> {
  const session = await ort.InferenceSession.create(network, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  if (input === undefined || output === undefined) throw new RangeError("the network has no input or output");
  return {
    async run(samples) {
      const tensor = new ort.Tensor("float32", samples, [1, 1, samples.length]);
      const { data, dims } = (await session.run({ [input]: tensor }, [output]))[output] ?? {};
      if (!(data instanceof Float32Array) || dims?.at(-1) !== POWERSET_CLASSES)
        throw new RangeError(`the network's output is ${dims?.join(" x ")}, not 1 x frames x 7 in float32`);
      return data;
    },
    release: () => session.release(),
  };
}

/**
 * Runs the network over a long recording, in windows of 10 s that overlap by half. `onWindow` gets
 * the number of samples that are done.
 */
export async function segmentRecording(
  segmenter: Segmenter,
  samples: LongSamples,
  onWindow: (done: number) => Promise<void>,
): Promise<SegmentedWindow[]> {
  const windows: SegmentedWindow[] = [];
  for (let start = 0; ; start += HOP) {
    const window = new Float32Array(WINDOW);
    window.set(floats(samples.subarray(start, start + WINDOW)));
    windows.push({ from: start / RATE_HZ, logs: await segmenter.run(window) });
    await onWindow(Math.min(samples.length, start + WINDOW));
    if (start + WINDOW >= samples.length) return windows;
  }
}
