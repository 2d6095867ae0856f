import { widen } from "./vad.ts";

/** Which frames are embedded; part of model.json. */
export type FrameChoice = {
  /** Pauses and edges are kept up to this far from speech, s. */
  marginSeconds: number;
  /** If less than this share of the recorded frames would be dropped, all are kept. 0..1 */
  leastDropped: number;
};

/**
 * Returns the frames to embed, [frames] 1 or 0: speech, and what lies around it.
 *
 * mask      [frames] 1 for speech (speechFrames)
 * recorded  [frames] 1 unless the frame is digital silence (recordedFrames), which is never kept
 */
export function chooseFrames(
  mask: Uint8Array,
  recorded: Uint8Array,
  framesPerSecond: number,
  { marginSeconds, leastDropped }: FrameChoice,
): Uint8Array {
  const near = widen(mask, Math.round(marginSeconds * framesPerSecond)).map((one, i) => one & recorded[i]);
  const count = (frames: Uint8Array) => frames.reduce((sum, one) => sum + one, 0);
  return count(near) > (1 - leastDropped) * count(recorded) ? recorded : near;
}
