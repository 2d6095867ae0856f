import { POWERSET_CLASSES, SEGMENTATION_SECONDS } from "../../diarize/powerset.ts";
import { type Segmenter, segmenterOf } from "../model/segmentation.ts";
import { refused } from "./library.ts";

/** Probabilities may sum to so much more or less than 1. */
const TOLERANCE = 1e-2;
const PROBE_SAMPLES = SEGMENTATION_SECONDS * 16_000;
/** Of 10 s: one for every 270 samples that a receptive field of 991 fits in. */
const FRAMES = 589;

/**
 * Rejects with `validation-failed` unless the network hears 10 s as a segmentation network does.
 */
export async function inspectSegmentation(bytes: Uint8Array): Promise<void> {
  const segmenter = await segmenterOf(bytes).catch((cause) => {
    throw refused(
      `The file can't be opened as an ONNX network (${messageOf(cause)}). Check that it is a complete ONNX file.`,
    );
  });
  try {
    checkLogs(await heard(segmenter));
  } finally {
    await segmenter.release();
  }
}

const heard = (segmenter: Segmenter) =>
  segmenter
    .run(Float32Array.from({ length: PROBE_SAMPLES }, (_, i) => 0.1 * Math.sin(i * i)))
    .catch((cause) => {
      throw refused(
        `The network can't run on 10 s of sound: ${messageOf(cause)}. A segmentation network takes ` +
          "[batch][1][samples] at 16 kHz and returns [batch][frames][7].",
      );
    });

function checkLogs(logs: Float32Array): void {
  const frames = logs.length / POWERSET_CLASSES;
  if (frames !== FRAMES)
    throw refused(`The network returns ${frames} frames for 10 s. A segmentation network returns ${FRAMES}.`);
  for (let at = 0; at < logs.length; at += POWERSET_CLASSES) {
    const sum = logs.subarray(at, at + POWERSET_CLASSES).reduce((total, log) => total + Math.exp(log), 0);
    if (!(Math.abs(sum - 1) < TOLERANCE))
      throw refused(
        "The network doesn't return logarithms of probabilities. Export it with its activation (log-softmax).",
      );
  }
}

/** In one line. */
export const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ");
