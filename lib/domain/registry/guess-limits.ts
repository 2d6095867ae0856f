import type { GuessLimits, RegistrySettings } from "../../ports/registry.ts";

const DEFAULT_GUESS_LIMITS: GuessLimits = {
  rejects: 5,
  speakerRejects: 20,
  misses: 20,
  pauseSeconds: 30,
  longestPauseSeconds: 900,
};

export function guessLimitsOf({ guessing }: RegistrySettings): GuessLimits {
  const usual = DEFAULT_GUESS_LIMITS;
  return {
    rejects: guessing?.rejects ?? usual.rejects,
    speakerRejects: guessing?.speakerRejects ?? usual.speakerRejects,
    misses: guessing?.misses ?? usual.misses,
    pauseSeconds: guessing?.pauseSeconds ?? usual.pauseSeconds,
    longestPauseSeconds: guessing?.longestPauseSeconds ?? usual.longestPauseSeconds,
  };
}

/** The pause after `count` rejects in a row: it doubles with each reject from the `most`-th on. */
export function pauseSeconds(limits: GuessLimits, most: number, count: number): number {
  if (most === 0 || count < most) return 0;
  return Math.min(limits.longestPauseSeconds, limits.pauseSeconds * 2 ** (count - most));
}
