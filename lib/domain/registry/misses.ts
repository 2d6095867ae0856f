import type { RegistryId } from "../../id.ts";
import type { GuessLimits, Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import {
  type Caller,
  type Counter,
  KEEP_SECONDS,
  nameOfCaller,
  refuseOverrun,
  refusePaused,
} from "./guess.ts";
import { guessLimitsOf } from "./guess-limits.ts";

type Needs = Pick<Services, "limits">;
/** A search with its caller's counter. Undefined: the registry counts no misses. */
export type SearchGuess =
  | { registryId: RegistryId; limits: GuessLimits; name: string; counter: Counter }
  | undefined;

/** Slows down searches without a match. Throws `identify-attempts-exhausted` during a pause. */
export async function openSearch(...search: Parameters<typeof searchGuess>): Promise<SearchGuess> {
  const guess = await searchGuess(...search);
  if (guess) refusePaused("identify", guess.limits, [guess.counter]);
  return guess;
}

/** The counter of a search by this caller, who may be in a pause. */
export async function searchGuess(
  { limits: store }: Needs,
  { registryId, settings }: Registry,
  caller: Caller | undefined,
): Promise<SearchGuess> {
  const limits = guessLimitsOf(settings);
  if (limits.misses === 0) return undefined;
  const name = `misses:${nameOfCaller(caller)}`;
  const counter = { ...(await store.get(registryId, name)), most: limits.misses, holds: true };
  return { registryId, limits, name, counter };
}

/**
 * Counts a search without a match before it is answered.
 *
 * throws  `identify-attempts-exhausted` if misses that were counted since the guess was opened have
 *         begun a pause
 */
export async function countMiss({ limits: store }: Needs, guess: SearchGuess): Promise<void> {
  if (!guess) return;
  const { registryId, limits, name, counter } = guess;
  refuseOverrun("identify", limits, counter, await store.add(registryId, name, KEEP_SECONDS));
}

/**
 * Reads the counter again before a match is answered, which costs no write. Resolves to whether it
 * has misses. Throws as `countMiss`.
 */
export async function missesSince({ limits: store }: Needs, guess: SearchGuess): Promise<boolean> {
  if (!guess) return false;
  const { count } = await store.get(guess.registryId, guess.name);
  refuseOverrun("identify", guess.limits, guess.counter, count + 1);
  return count > 0;
}

export async function clearMisses({ limits: store }: Needs, guess: SearchGuess): Promise<void> {
  if (guess) await store.clear(guess.registryId, guess.name);
}
