import { cosine, normalize, type UnitVector } from "../score/scoring/vector.ts";

/** Net speech of a window, s. A look embeds one window, so its cost doesn't grow with the turn. */
export const WINDOW_SECONDS = 2;
/** How far a window may end from where it is looked for, s: looks come every half a second. */
const NEAR_SECONDS = 0.3;

/** heardSeconds: net speech of the turn until the window's end */
export type Window = { voice: UnitVector; heardSeconds: number };

/**
 * Pools the windows of one turn. Windows that follow each other count whole. The latest one counts
 * with the speech that is in no window before it.
 *
 * changeLikeness  for one, two and more windows: if they are less like the speech before them than
 *                 this, they are of another voice. Cosines
 */
export function pooledVoice(changeLikeness: readonly number[]) {
  const all: Window[] = [];
  const whole: Window[] = [];
  let covered = 0;

  /** The windows that end at `seconds` and every window's length before, the latest first. */
  function windowsBefore(seconds: number): Window[] {
    const found: Window[] = [];
    for (let end = seconds; end > WINDOW_SECONDS - NEAR_SECONDS; end -= WINDOW_SECONDS) {
      const window = all.findLast((one) => Math.abs(one.heardSeconds - end) <= NEAR_SECONDS);
      if (!window) return found;
      found.push(window);
    }
    return found;
  }

  /** Splits the windows until this one: the last `count` of them, and those before. */
  function split(window: Window, count: number): { before: Window[]; after: Window[] } | undefined {
    const windows = [window, ...windowsBefore(window.heardSeconds - WINDOW_SECONDS)];
    if (windows.length <= count) return undefined;
    return { after: windows.slice(0, count).reverse(), before: windows.slice(count) };
  }

  /** How much the last windows are like those before: one number for each of `changeLikeness`. */
  function likeness(window: Window): (number | undefined)[] {
    return changeLikeness.map((_, i) => {
      const parts = split(window, i + 1);
      return parts && cosine(meanOf(parts.before), meanOf(parts.after));
    });
  }

  return {
    likeness,
    /** The windows of another voice that has taken over, in order; undefined if none has. */
    otherVoice(window: Window): Window[] | undefined {
      const found = likeness(window).findIndex(
        (one, i) => one !== undefined && one < (changeLikeness[i] ?? -1),
      );
      return found < 0 ? undefined : split(window, found + 1)?.after;
    },
    /** Returns the voice of the turn so far. */
    add(window: Window): UnitVector {
      all.push(window);
      const fresh = Math.max(window.heardSeconds - covered, 1e-6);
      const latest = { voice: window.voice, weight: Math.min(fresh, WINDOW_SECONDS) };
      const pooled = meanOf([...whole.map(({ voice }) => ({ voice, weight: WINDOW_SECONDS })), latest]);
      if (fresh >= WINDOW_SECONDS) {
        whole.push(window);
        covered = window.heardSeconds;
      }
      return pooled;
    },
  };
}

function meanOf(voices: readonly { voice: UnitVector; weight?: number }[]): UnitVector {
  const sum: number[] = [];
  for (const { voice, weight = 1 } of voices)
    for (const [i, x] of voice.entries()) sum[i] = (sum[i] ?? 0) + weight * x;
  return normalize(sum);
}
