import { cosine, normalize, type UnitVector } from "../score/scoring/vector.ts";

/** Net speech of a window, s. A look embeds one window, so its cost doesn't grow with the turn. */
export const WINDOW_SECONDS = 2;
/** Windows in a row that must sound like another voice. */
const OTHER_WINDOWS = 2;

/** heardSeconds: net speech of the turn until the window's end */
type Window = { voice: UnitVector; heardSeconds: number };

/**
 * Pools the windows of one turn. Windows that follow each other count whole. The latest one counts
 * with the speech that is in no window before it.
 *
 * changeLikeness  windows with a lower cosine to the voice before them sound like another voice
 */
export function pooledVoice(changeLikeness: number) {
  const whole: Window[] = [];
  let covered = 0;
  let others = 0;

  /** The cosine to the windows that ended before this one began; undefined without any. */
  function likeness({ voice, heardSeconds }: Window): number | undefined {
    const before = whole.filter((one) => one.heardSeconds <= heardSeconds - WINDOW_SECONDS);
    return before.length > 0 ? cosine(meanOf(before), voice) : undefined;
  }

  return {
    likeness,
    /** Whether another voice has taken over in this window and the ones before it. */
    isOther(window: Window): boolean {
      others = (likeness(window) ?? 1) < changeLikeness ? others + 1 : 0;
      return others >= OTHER_WINDOWS;
    },
    /** Returns the voice of the turn so far. */
    add(window: Window): UnitVector {
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
