import { RATE_HZ } from "../lib/adapters/model/long-samples.ts";
import { readRecording } from "../lib/adapters/model/read-recording.ts";
import type { ClipInput, Recording } from "../lib/audio/types.ts";
import { writeWav } from "../lib/audio/write-wav.ts";

const FULL_SCALE = 2 ** 15;

/** Joins pieces of a recording (in seconds) to a WAV file. */
export async function clipOfPieces(
  recording: Recording,
  pieces: readonly { start: number; end: number }[],
): Promise<ClipInput> {
  const { samples } = await readRecording(recording);
  const parts = pieces.map(({ start, end }) =>
    samples.subarray(Math.round(start * RATE_HZ), Math.round(end * RATE_HZ)),
  );
  const joined = Float32Array.from(
    parts.flatMap((part) => [...part]),
    (x) => x / FULL_SCALE,
  );
  return { bytes: writeWav(joined), mediaType: "audio/wav" };
}
