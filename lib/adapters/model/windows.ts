import type { Features } from "../../audio/types.ts";
import type { ClipWindows } from "../../ports/model.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";

/**
 * Long enough for an embedding, short enough that people who take turns have windows of their own.
 */
const WINDOW_SECONDS = 1.5;
/** Windows overlap by a third, so that a short turn isn't divided between two. */
const HOP_SECONDS = 1;
/** Fewer show no second voice (lib/score/scoring/speaker-split.ts): they would only cost time. */
const LEAST_WINDOWS = 4;
/** Bounds the cost: longer clips have gaps between their windows. */
const MOST_WINDOWS = 16;

export const NO_WINDOWS: ClipWindows = { embeddings: [], weight: 1 };

/** Embeds windows that are spread evenly over the speech of a clip; none of under 4 s. */
export async function embedWindows(
  embedFrames: (speech: Features) => Promise<UnitVector>,
  speech: Features,
  shiftMs: number,
): Promise<ClipWindows> {
  const { frames, bins, data } = speech;
  const length = Math.round((1000 * WINDOW_SECONDS) / shiftMs);
  const starts = windowStarts(frames - length, (1000 * HOP_SECONDS) / shiftMs);
  const embeddings: UnitVector[] = [];
  for (const start of starts) {
    const window = data.subarray(start * bins, (start + length) * bins);
    embeddings.push(await embedFrames({ frames: length, bins, data: window }));
  }
  return { embeddings, weight: weightOf(starts, length) };
}

/** Returns evenly spaced frames from 0 to `last`, about `hop` apart; none if they are too few. */
function windowStarts(last: number, hop: number): number[] {
  const steps = Math.min(MOST_WINDOWS - 1, Math.round(last / hop));
  if (steps + 1 < LEAST_WINDOWS) return [];
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * last) / steps));
}

function weightOf([first = 0, second = Number.POSITIVE_INFINITY]: readonly number[], length: number): number {
  return Math.min(1, (second - first) / length);
}
