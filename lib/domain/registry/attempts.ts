import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";

/** After this many rejects in a row, the next verification must wait PAUSE_SECONDS. */
const FREE_REJECTS = 5;
const PAUSE_SECONDS = 30;
/** After this many rejects in a row, the speaker is locked until it is reset. */
const LOCK_REJECTS = 50;
/** Ten years: the count must not expire, because a lock lasts until the reset. */
const KEEP_SECONDS = 315_360_000;

type Subject = { registryId: RegistryId; uid: SpeakerUid };
const counter = (uid: SpeakerUid): string => `rejects:${uid}`;

/**
 * Slows down, and finally stops, repeated guesses against one speaker.
 *
 * returns  the number of rejects in a row so far, for `countGuess`
 * throws   `verify-attempts-exhausted`; `speaker-locked`
 */
export async function refuseGuessing(services: Pick<Services, "limits">, subject: Subject): Promise<number> {
  const { count, ageSeconds } = await services.limits.get(subject.registryId, counter(subject.uid));
  if (count >= LOCK_REJECTS)
    throw new AppError(
      "speaker-locked",
      `The last ${LOCK_REJECTS} verification attempts for this speaker failed. Reset the speaker and enroll again.`,
    );
  if (count >= FREE_REJECTS && ageSeconds < PAUSE_SECONDS) throw exhausted(count, PAUSE_SECONDS - ageSeconds);
  return count;
}

/**
 * Increments the counter before the answer is sent, so that parallel guesses get no more answers
 * than sequential ones. `clearRejects` resets it after an accept.
 *
 * before  what `refuseGuessing` returned
 */
export async function countGuess(
  services: Pick<Services, "limits">,
  subject: Subject,
  before: number,
): Promise<void> {
  const count = await services.limits.add(subject.registryId, counter(subject.uid), KEEP_SECONDS);
  if (count > Math.max(FREE_REJECTS, before + 1)) throw exhausted(count, PAUSE_SECONDS);
}

/** Takes a counted guess back: it was accepted, but is no proof that the speaker spoke it. */
export function uncountGuess(services: Pick<Services, "limits">, subject: Subject): Promise<void> {
  return services.limits.subtract(subject.registryId, counter(subject.uid));
}

export function clearRejects(services: Pick<Services, "limits">, subject: Subject): Promise<void> {
  return services.limits.clear(subject.registryId, counter(subject.uid));
}

function exhausted(count: number, seconds: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds));
  return new AppError(
    "verify-attempts-exhausted",
    `The last ${count} verification attempts for this speaker failed. Try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  );
}
