import "./no-telemetry.ts";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { readChecked } from "./manifest.ts";
import { readPart } from "./part.ts";

/**
 * What a detector hears: 4.04 s at 16 kHz, as in ASVspoof's baselines (AASIST, arXiv:2110.01200).
 */
export const SPOOF_SAMPLES = 64_600;

/** A network that scores whether a voice is a live person's. */
export type SpoofDetector = {
  name: string;
  /**
   * samples: 16 kHz, full scale at 1, at least one. Returns the logit for bona fide speech: higher
   * is more likely a live person.
   */
  score(samples: Float32Array): Promise<number>;
  release(): Promise<void>;
};

/** Opens the network of an installed part. Rejects if its digest isn't the stated one. */
export async function openSpoofDetector(folder: string): Promise<SpoofDetector> {
  const part = await readPart(folder);
  if (part.kind !== "spoof") throw new RangeError(`${part.name} is no spoof detector`);
  const { name, bonaFide } = part;
  return spoofDetectorOf(await readChecked(join(folder, part.file), part.sha256), { name, bonaFide });
}

/**
 * Opens a network with one input [1][64600] and one output: a logit for bona fide speech, or two
 * logits. It runs on one thread.
 *
 * bonaFide  of two logits, which one is for bona fide speech; the second by default
 */
export async function spoofDetectorOf(
  network: Uint8Array,
  { name, bonaFide = 1 }: { name: string; bonaFide?: number | undefined },
): Promise<SpoofDetector> {
  const session = await ort.InferenceSession.create(network, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
    enableCpuMemArena: false,
  });
  const [input] = session.inputNames;
  const output = session.outputNames.at(-1);
  if (input === undefined || output === undefined) throw new RangeError("the network has no input or output");
  return {
    name,
    async score(samples) {
      const tensor = new ort.Tensor("float32", heardBy(samples), [1, SPOOF_SAMPLES]);
      const { data, dims } = (await session.run({ [input]: tensor }, [output]))[output] ?? {};
      if (!(data instanceof Float32Array) || data.length < 1 || data.length > 2)
        throw new RangeError(
          `the network's output is ${dims?.join(" x ")}, not one or two logits in float32`,
        );
      const [first = Number.NaN, second] = data;
      if (second === undefined) return first;
      return bonaFide === 1 ? second - first : first - second;
    },
    release: () => session.release(),
  };
}

/** The first 4.04 s; shorter samples are repeated, as the detectors were trained. */
function heardBy(samples: Float32Array): Float32Array {
  const heard = new Float32Array(SPOOF_SAMPLES);
  for (let at = 0; at < SPOOF_SAMPLES; at += samples.length)
    heard.set(samples.subarray(0, SPOOF_SAMPLES - at), at);
  return heard;
}
