import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";

/** Rejects in a row before a pause is asked for, and its length. */
const FREE_REJECTS = 5;
const PAUSE_SECONDS = 30;
/** Rejects in a row after which only a reset helps. */
const LOCK_REJECTS = 50;
/** Rows of rejects do not end by themselves: a lock stands until it is reset. Ten years. */
const KEEP_SECONDS = 315_360_000;

type Subject = { registryId: RegistryId; uid: SpeakerUid };
const counter = (uid: SpeakerUid): string => `rejects:${uid}`;

/**
 * Guessing against one speaker gets slow, then stops: `verify-attempts-exhausted`, `speaker-locked`. Resolves to the
 * rejects so far, for `countGuess`.
 */
export async function refuseGuessing(services: Pick<Services, "limits">, subject: Subject): Promise<number> {
  const { count, ageSeconds } = await services.limits.get(subject.registryId, counter(subject.uid));
  if (count >= LOCK_REJECTS)
    throw new AppError(
      "speaker-locked",
      `${LOCK_REJECTS} verifications in a row were rejected. Reset the speaker and enroll again.`,
    );
  if (count >= FREE_REJECTS && ageSeconds < PAUSE_SECONDS) throw exhausted(count, PAUSE_SECONDS - ageSeconds);
  return count;
}

/**
 * Counts a guess before its answer is given; an accept then clears the count. Of guesses that were let in at once only as
 * many are answered as one after the other would have been.
 */
export async function countGuess(
  services: Pick<Services, "limits">,
  subject: Subject,
  before: number,
): Promise<void> {
  const count = await services.limits.add(subject.registryId, counter(subject.uid), KEEP_SECONDS);
  if (count > Math.max(FREE_REJECTS, before + 1)) throw exhausted(count, PAUSE_SECONDS);
}

export function clearRejects(services: Pick<Services, "limits">, subject: Subject): Promise<void> {
  return services.limits.clear(subject.registryId, counter(subject.uid));
}

function exhausted(count: number, seconds: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds));
  return new AppError(
    "verify-attempts-exhausted",
    `${count} verifications in a row were not accepted. Wait ${retryAfterSeconds} s before the next.`,
    { retryAfterSeconds },
  );
}
