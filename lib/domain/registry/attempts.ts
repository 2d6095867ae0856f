import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { SpeakerRejects } from "../../ports/guess.ts";
import type { GuessLimits, Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import {
  type Caller,
  type Counter,
  KEEP_SECONDS,
  NO_REJECTS,
  nameOfCaller,
  refuseOverrun,
  refusePaused,
} from "./guess.ts";
import { guessLimitsOf, pauseSeconds } from "./guess-limits.ts";

type Needs = Pick<Services, "limits" | "speakerRejects">;
type Subject = { registryId: RegistryId; uid: SpeakerUid };
/**
 * A verification with the counters of its caller and of all callers of the speaker. Undefined: the
 * registry counts no rejects.
 */
export type Guess =
  | (Subject & { limits: GuessLimits; caller: string; own: Counter; everybody: Counter })
  | undefined;

/**
 * Slows down repeated guesses against one speaker. Each caller has a counter. The counter over all
 * callers holds only a caller with rejects, so that strangers can't keep out the speaker.
 *
 * rejects  the speaker's counter. If it doesn't exist, no caller has one, and none is read
 * throws   `verify-attempts-exhausted` during a pause
 */
export async function openVerification(
  { limits: store }: Pick<Services, "limits">,
  { registryId, settings }: Registry,
  { uid, rejects }: { uid: SpeakerUid; rejects: SpeakerRejects | undefined },
  caller: Caller | undefined,
): Promise<Guess> {
  const limits = guessLimitsOf(settings);
  if (limits.rejects === 0 && limits.speakerRejects === 0) return undefined;
  const name = nameOfCaller(caller);
  const counted = rejects && (await store.get(registryId, ownName(uid, rejects, name)));
  const own = { ...(counted ?? NO_REJECTS), most: limits.rejects, holds: true };
  const { count, ageSeconds } = rejects ?? NO_REJECTS;
  const everybody = { count, ageSeconds, most: limits.speakerRejects, holds: own.count > 0 };
  refusePaused("verify", limits, [own, everybody]);
  return { registryId, uid, limits, caller: name, own, everybody };
}

/** A pause that a reject begins. rejects: in a row */
export type BegunPause = { callers: "one" | "all"; rejects: number; pauseSeconds: number };

/**
 * Counts a reject before it is answered: parallel guesses get no more rejects than sequential ones.
 * Resolves to the longest pause that it begins.
 *
 * throws  `verify-attempts-exhausted` if rejects that were counted since the guess was opened have
 *         begun a pause
 */
export async function countReject(services: Needs, guess: Guess): Promise<BegunPause | undefined> {
  if (!guess) return undefined;
  const { registryId, uid, limits, own, everybody } = guess;
  // The speaker's first: where it has no rejects, no caller has any, and their counters aren't
  // read.
  const all = await services.speakerRejects.add(registryId, uid);
  const count = await services.limits.add(registryId, ownName(uid, all, guess.caller), KEEP_SECONDS);
  refuseOverrun("verify", limits, own, count);
  refuseOverrun("verify", limits, everybody, all.count);
  const [longest] = [
    { callers: "one" as const, rejects: count, pauseSeconds: pauseSeconds(limits, own.most, count) },
    {
      callers: "all" as const,
      rejects: all.count,
      pauseSeconds: pauseSeconds(limits, everybody.most, all.count),
    },
  ].toSorted((a, b) => b.pauseSeconds - a.pauseSeconds);
  return longest && longest.pauseSeconds > 0 ? longest : undefined;
}

/** Which counters of a guess have rejects, for `clearRejects`. own: the caller's name */
export type CountedRejects = { own?: string | undefined; everybody: boolean };

/**
 * Compares the counters again before an accept is answered, which costs no write, and a read only
 * if the speaker has rejects.
 *
 * An accept is not answered if rejects of parallel guesses were counted first and have begun a
 * pause. So of guesses that are sent together, those scored before the last reject that the limit
 * allows are answered.
 *
 * all     the speaker's rejects, read after the guess was scored
 * throws  as `countReject`
 */
export async function rejectsSince(
  { limits: store }: Pick<Services, "limits">,
  guess: Guess,
  all: SpeakerRejects | undefined,
): Promise<CountedRejects> {
  if (!guess || !all) return { everybody: false };
  const { registryId, uid, limits, caller } = guess;
  const name = ownName(uid, all, caller);
  const { count } = await store.get(registryId, name);
  refuseOverrun("verify", limits, guess.own, count + 1);
  refuseOverrun("verify", limits, guess.everybody, all.count + 1);
  return { own: count > 0 ? name : undefined, everybody: all.count > 0 };
}

/** Resets the counters that have rejects. */
export async function clearRejects(
  { limits, speakerRejects }: Needs,
  guess: Guess,
  { own, everybody }: CountedRejects,
): Promise<void> {
  if (!guess) return;
  const { registryId, uid } = guess;
  await Promise.all([
    own !== undefined && limits.clear(registryId, own),
    everybody && speakerRejects.clear(registryId, uid),
  ]);
}

/** Ends the pauses of all callers of a speaker. Counters get new names; the old ones expire. */
export const unlockAttempts = (
  { speakerRejects }: Pick<Services, "speakerRejects">,
  { registryId, uid }: Subject,
): Promise<void> => speakerRejects.unlock(registryId, uid);

/** Removes the count that names only an erased speaker. Those of callers expire within a day. */
export const eraseAttempts = (
  { speakerRejects }: Pick<Services, "speakerRejects">,
  { registryId, uid }: Subject,
): Promise<void> => speakerRejects.remove(registryId, uid);

/** The rejects in a row over all callers of a speaker, and the rest of their pause in seconds. */
export async function attemptsOf(
  { speakerRejects }: Pick<Services, "speakerRejects">,
  { registryId, settings }: Registry,
  { uid }: { uid: SpeakerUid },
): Promise<{ rejects: number; pauseSeconds: number }> {
  const limits = guessLimitsOf(settings);
  const { count, ageSeconds } = (await speakerRejects.get(registryId, uid)) ?? NO_REJECTS;
  const left = pauseSeconds(limits, limits.speakerRejects, count) - ageSeconds;
  return { rejects: count, pauseSeconds: Math.max(0, Math.ceil(left)) };
}

const ownName = (uid: SpeakerUid, { unlocks }: Pick<SpeakerRejects, "unlocks">, caller: string): string =>
  `rejects:${uid}:${unlocks}:${caller}`;
