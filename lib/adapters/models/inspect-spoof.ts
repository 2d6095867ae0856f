import { SPOOF_SAMPLES, type SpoofDetector, spoofDetectorOf } from "../model/spoof.ts";
import { messageOf } from "./inspect-segmentation.ts";
import { refused } from "./library.ts";

/**
 * Rejects with `validation-failed` unless the network scores 4.04 s of sound, and scores different
 * sounds differently.
 */
export async function inspectSpoofDetector(bytes: Uint8Array, bonaFide: number | undefined): Promise<void> {
  const detector = await spoofDetectorOf(bytes, { name: "", bonaFide }).catch((cause) => {
    throw refused(
      `The file can't be opened as an ONNX network (${messageOf(cause)}). Check that it is a complete ONNX file.`,
    );
  });
  try {
    const [sweep, tone] = [await scored(detector, (i) => i * i), await scored(detector, (i) => i / 8)];
    if (!Number.isFinite(sweep) || !Number.isFinite(tone) || sweep === tone)
      throw refused(
        "The network gives the same score, or none, to different sounds. Check how it was exported.",
      );
  } finally {
    await detector.release();
  }
}

const scored = (detector: SpoofDetector, phase: (i: number) => number) =>
  detector
    .score(Float32Array.from({ length: SPOOF_SAMPLES }, (_, i) => 0.1 * Math.sin(phase(i))))
    .catch((cause) => {
      throw refused(
        `The network can't run on 4.04 s of sound: ${messageOf(cause)}. A spoof detector takes [1][${SPOOF_SAMPLES}] ` +
          "samples at 16 kHz and returns a logit for bona fide speech, or two logits.",
      );
    });
