import { fbank } from "../../audio/features/fbank.ts";
import { speechFrames } from "../../audio/features/vad.ts";
import { CLIP } from "../../audio/limits.ts";
import type { LoadedNetworks } from "./embed-clip.ts";

const RATE_HZ = 16_000;
/**
 * Seconds that the detector hears at a time. Of those next to another window, the margins overlap.
 */
const WINDOW = 30;
const MARGIN = 5;
/** Seconds before and after the speech. */
const PAD = 0.25;

/**
 * Returns where the first speech of a recording is, in seconds: from shortly before its first frame
 * until it has `wanted` seconds of net speech, but at most the length of a clip. Without speech,
 * the start of the recording.
 *
 * blocks  16 kHz mono, of any length; no more are read than needed
 */
export async function findSpeech(
  { vad, detector }: Pick<LoadedNetworks, "vad" | "detector">,
  blocks: Iterable<Float32Array>,
  wanted: number,
): Promise<{ start: number; end: number }> {
  const frameSeconds = vad.recipe.shiftMs / 1000;
  let start: number | undefined;
  let found = 0;
  let ended = 0;
  for (const { samples, offset, from, to } of windows(blocks)) {
    ended = offset + samples.length / RATE_HZ;
    const features = fbank(samples, vad.recipe);
    if (features.frames === 0) continue;
    const mask = speechFrames(await detector.run(features), features, vad.threshold);
    for (let i = Math.round(from / frameSeconds); i < Math.min(mask.length, to / frameSeconds); i++) {
      const time = offset + i * frameSeconds;
      if (start !== undefined && time >= start + CLIP.maxSeconds - PAD) return piece(start, time);
      if (!mask[i]) continue;
      start ??= Math.max(0, time - PAD);
      found += frameSeconds;
      if (found >= wanted) return piece(start, time + frameSeconds);
    }
  }
  return start === undefined ? { start: 0, end: Math.min(ended, CLIP.maxSeconds) } : piece(start, ended);

  function piece(first: number, last: number) {
    return { start: first, end: Math.min(last + PAD, first + CLIP.maxSeconds, Math.max(ended, last)) };
  }
}

/**
 * Yields overlapping windows.
 *
 * offset    seconds of the recording before the window
 * from, to  seconds of the window that no other one covers better
 */
function* windows(blocks: Iterable<Float32Array>) {
  let window = new Float32Array(WINDOW * RATE_HZ);
  let filled = 0;
  let offset = 0;
  for (const block of blocks)
    for (let at = 0; at < block.length; ) {
      const part = block.subarray(at, at + window.length - filled);
      window.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < window.length) continue;
      yield { samples: window, offset, from: offset === 0 ? 0 : MARGIN, to: WINDOW - MARGIN };
      const rest = window.subarray((WINDOW - 2 * MARGIN) * RATE_HZ);
      window = new Float32Array(WINDOW * RATE_HZ);
      window.set(rest);
      filled = rest.length;
      offset += WINDOW - 2 * MARGIN;
    }
  yield { samples: window.subarray(0, filled), offset, from: offset === 0 ? 0 : MARGIN, to: WINDOW };
}
