import { AppError } from "../error.ts";
import { CLIP, checkDuration } from "./limits.ts";
import type { Pcm } from "./types.ts";

/** Decoders and players differ by less than this about where a recording ends. */
const TOLERANCE_SECONDS = 0.1;

/**
 * Returns the part of a recording from `start` to `end` seconds. Decoding stops at its end, and
 * formats that can find a time don't decode what comes before it.
 *
 * pcm       not iterated yet
 * onBlock   called for each block that is decoded, also before the segment
 * throws    `audio-too-long` if the segment is longer than a clip; while it is read,
 *           `segment-out-of-range` if the recording ends before it does
 */
export function segmentOf(
  pcm: Pcm,
  { start, end }: { start: number; end: number },
  onBlock: () => void = () => undefined,
): Pcm {
  const { sampleRateHz, channels } = pcm;
  const [from, to] = [Math.round(start * sampleRateHz), Math.round(end * sampleRateHz)];
  checkDuration(to - from, sampleRateHz, channels, CLIP);
  function* blocks(): Generator<Float32Array[]> {
    const first = pcm.blocksFrom ? from : 0;
    let at = first;
    for (const planes of pcm.blocksFrom?.(first) ?? pcm.blocks) {
      onBlock();
      const length = planes[0]?.length ?? 0;
      if (at + length > from)
        yield planes.map((plane) => plane.subarray(Math.max(0, from - at), Math.max(0, to - at)));
      at += length;
      if (at >= to) return;
    }
    if (at === first && first > 0) throw outOfRange(`has no sound at ${start} s`);
    if (at < to - TOLERANCE_SECONDS * sampleRateHz)
      throw outOfRange(`ends at ${(at / sampleRateHz).toFixed(1)} s`);
  }
  return { sampleRateHz, channels, blocks: blocks() };
}

const outOfRange = (ending: string): AppError =>
  new AppError("segment-out-of-range", `The recording ${ending}. Choose a \`segment\` that is within it.`);
