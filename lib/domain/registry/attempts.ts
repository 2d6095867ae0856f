import { createHash } from "node:crypto";
import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { GuessLimits, Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { guessLimitsOf, pauseSeconds } from "./guess-limits.ts";

/** A counter resets a day after the last reject, so that no pause is permanent. */
const KEEP_SECONDS = 86_400;
/** Ten years: the number of unlocks is part of the names of counters, so it must outlive them. */
const KEEP_UNLOCKS_SECONDS = 315_360_000;

/** Who sent a request: an API key, and the person or device behind it if the request names one. */
export type Caller = { keyId: string; callerId?: string | undefined };
const COMMAND_LINE: Caller = { keyId: "command-line" };

type Needs = Pick<Services, "limits">;
type Subject = { registryId: RegistryId; uid: SpeakerUid };
/**
 * One counter as it was before the guess.
 *
 * most   rejects in a row after which a pause begins; 0: never
 * holds  whether a pause of this counter applies to the caller
 */
type Counter = { name: string; count: number; ageSeconds: number; most: number; holds: boolean };
/** The counters of one guess, for `countReject` or `rejectsSince`. */
export type Guess = {
  registryId: RegistryId;
  kind: "identify" | "verify";
  limits: GuessLimits;
  counters: readonly Counter[];
};

/**
 * Slows down repeated guesses against one speaker. Each caller has a counter. The counter over all
 * callers holds only a caller with rejects, so that strangers can't keep out the speaker.
 *
 * throws  `verify-attempts-exhausted` during a pause
 */
export async function openVerification(
  { limits: store }: Needs,
  { registryId, settings }: Registry,
  { uid }: { uid: SpeakerUid },
  caller: Caller | undefined,
): Promise<Guess> {
  const limits = guessLimitsOf(settings);
  const { rejects, speakerRejects } = limits;
  const guess = { registryId, kind: "verify", limits } as const;
  if (rejects === 0 && speakerRejects === 0) return { ...guess, counters: [] };
  const everybody = await rejectsName(store, { registryId, uid });
  const name = `${everybody}:${nameOf(caller)}`;
  const own = await store.get(registryId, name);
  const holds = own.count > 0;
  const all = holds ? await store.get(registryId, everybody) : NO_REJECTS;
  const counters = [
    { name, ...own, most: rejects, holds: true },
    { name: everybody, ...all, most: speakerRejects, holds },
  ];
  return refusePaused({ ...guess, counters });
}

/** What a counter that doesn't hold the caller may say: it isn't read. */
const NO_REJECTS = { count: 0, ageSeconds: 0 };

/** Slows down searches without a match. Throws `identify-attempts-exhausted` during a pause. */
export const openSearch = async (...search: Parameters<typeof searchGuess>): Promise<Guess> =>
  refusePaused(await searchGuess(...search));

/** The counter of a search by this caller, who may be in a pause. */
export async function searchGuess(
  { limits: store }: Needs,
  { registryId, settings }: Registry,
  caller: Caller | undefined,
): Promise<Guess> {
  const limits = guessLimitsOf(settings);
  const guess = { registryId, kind: "identify", limits } as const;
  if (limits.misses === 0) return { ...guess, counters: [] };
  const name = `misses:${nameOf(caller)}`;
  const own = await store.get(registryId, name);
  return { ...guess, counters: [{ name, ...own, most: limits.misses, holds: true }] };
}

/** A pause that a reject begins. rejects: in a row */
export type BegunPause = { callers: "one" | "all"; rejects: number; pauseSeconds: number };

/**
 * Counts a reject, or a search without a match, before it is answered: parallel guesses get no more
 * rejects than sequential ones. Resolves to the longest pause that it begins.
 *
 * throws  `verify-attempts-exhausted` or `identify-attempts-exhausted` if rejects that were counted
 *         since the guess was opened have begun a pause
 */
export async function countReject({ limits: store }: Needs, guess: Guess): Promise<BegunPause | undefined> {
  const { registryId, counters, limits } = guess;
  const counted = await Promise.all(
    counters.map(async (counter) => ({
      counter,
      count: await store.add(registryId, counter.name, KEEP_SECONDS),
    })),
  );
  for (const { counter, count } of counted) {
    if (isOverrun(counter, count)) throw exhausted(guess, count, pauseSeconds(limits, counter.most, count));
  }
  const pauses = counted.map(({ counter, count }, i) => ({
    // The first counter is the caller's own.
    callers: i === 0 ? ("one" as const) : ("all" as const),
    rejects: count,
    pauseSeconds: pauseSeconds(limits, counter.most, count),
  }));
  const [longest] = pauses.toSorted((a, b) => b.pauseSeconds - a.pauseSeconds);
  return longest && longest.pauseSeconds > 0 ? longest : undefined;
}

/** Whether the pause of this counter has begun since the guess was opened. count: with the guess */
const isOverrun = ({ count: before, most, holds }: Counter, count: number): boolean =>
  holds && most > 0 && count > Math.max(most, before + 1);

/**
 * Reads the counters again before an accept or a match is answered, which costs no write. Resolves
 * to the names of those that have rejects.
 *
 * An accept is not answered if rejects of parallel guesses were counted first and have begun a
 * pause. So of guesses that are sent together, those scored before the last reject that the limit
 * allows are answered.
 *
 * throws  as `countReject`
 */
export async function rejectsSince({ limits: store }: Needs, guess: Guess): Promise<readonly string[]> {
  const { registryId, counters, limits } = guess;
  const counts = await Promise.all(counters.map(({ name }) => store.get(registryId, name)));
  for (const [i, counter] of counters.entries()) {
    const { count } = counts[i] ?? NO_REJECTS;
    if (isOverrun(counter, count + 1))
      throw exhausted(guess, count, pauseSeconds(limits, counter.most, count));
  }
  return counters.flatMap(({ name }, i) => ((counts[i] ?? NO_REJECTS).count > 0 ? [name] : []));
}

/** Resets these counters of a guess. */
export async function clearRejects(
  { limits: store }: Needs,
  { registryId }: Guess,
  names: readonly string[],
): Promise<void> {
  await Promise.all(names.map((name) => store.clear(registryId, name)));
}

/** Ends the pauses of all callers of a speaker. Counters get new names; the old ones expire. */
export async function unlockAttempts({ limits: store }: Needs, { registryId, uid }: Subject): Promise<void> {
  await store.add(registryId, unlocksName(uid), KEEP_UNLOCKS_SECONDS);
}

/** Removes the counters that name only an erased speaker. Those of callers expire within a day. */
export async function eraseAttempts({ limits: store }: Needs, subject: Subject): Promise<void> {
  const { registryId, uid } = subject;
  await store.clear(registryId, await rejectsName(store, subject));
  await store.clear(registryId, unlocksName(uid));
}

/** The rejects in a row over all callers of a speaker, and the rest of their pause in seconds. */
export async function attemptsOf(
  { limits: store }: Needs,
  { registryId, settings }: Registry,
  { uid }: { uid: SpeakerUid },
): Promise<{ rejects: number; pauseSeconds: number }> {
  const limits = guessLimitsOf(settings);
  const { count, ageSeconds } = await store.get(registryId, await rejectsName(store, { registryId, uid }));
  const left = pauseSeconds(limits, limits.speakerRejects, count) - ageSeconds;
  return { rejects: count, pauseSeconds: Math.max(0, Math.ceil(left)) };
}

const unlocksName = (uid: SpeakerUid): string => `unlocks:${uid}`;

async function rejectsName(store: Needs["limits"], { registryId, uid }: Subject): Promise<string> {
  const { count } = await store.get(registryId, unlocksName(uid));
  return `rejects:${uid}:${count}`;
}

/** Hashed, because a caller id may be long, or may name a person. */
const nameOf = ({ keyId, callerId }: Caller = COMMAND_LINE): string =>
  createHash("sha256")
    .update(JSON.stringify([keyId, callerId]))
    .digest("hex")
    .slice(0, 32);

function refusePaused(guess: Guess): Guess {
  for (const { count, ageSeconds, most, holds } of guess.counters) {
    const left = pauseSeconds(guess.limits, most, count) - ageSeconds;
    if (holds && left > 0) throw exhausted(guess, count, left);
  }
  return guess;
}

function exhausted({ kind }: Guess, count: number, seconds: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds));
  const again = `Try again in ${retryAfterSeconds} seconds.`;
  if (kind === "identify")
    return new AppError(
      "identify-attempts-exhausted",
      `The last ${count} searches of this caller found no match. ${again}`,
      { retryAfterSeconds },
    );
  return new AppError(
    "verify-attempts-exhausted",
    `The last ${count} verification attempts for this speaker failed. ${again}`,
    { retryAfterSeconds },
  );
}
