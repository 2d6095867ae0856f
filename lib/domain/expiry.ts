import { AppError } from "../error.ts";
import type { RegistrySettings } from "../ports/registry.ts";
import type { Services } from "../ports/services.ts";
import type { Speaker } from "../ports/speaker.ts";
import { invalid } from "./invalid.ts";

const DAY_MS = 86_400_000;

type Dates = Pick<Speaker, "enrolledAt" | "expiresAt" | "optedOut" | "updatedAt">;

/**
 * When a speaker expires, as an ISO time: at its own time, or else `speakerDays` after its last
 * enrollment. Undefined: never. An opt-out doesn't expire.
 */
export function expiryOf(speaker: Dates, { speakerDays }: RegistrySettings): string | undefined {
  const { optedOut, expiresAt, enrolledAt, updatedAt } = speaker;
  if (optedOut) return undefined;
  if (expiresAt !== undefined || speakerDays === undefined) return expiresAt;
  return new Date(Date.parse(enrolledAt ?? updatedAt) + speakerDays * DAY_MS).toISOString();
}

/** True from the millisecond of the expiry on. */
export function hasExpired(
  { clock }: Pick<Services, "clock">,
  speaker: Dates,
  settings: RegistrySettings,
): boolean {
  const expiry = expiryOf(speaker, settings);
  return expiry !== undefined && clock.now().getTime() >= Date.parse(expiry);
}

/** Throws `speaker-expired`. */
export function refuseExpired(
  services: Pick<Services, "clock">,
  speaker: Speaker,
  settings: RegistrySettings,
): void {
  if (!hasExpired(services, speaker, settings)) return;
  throw new AppError(
    "speaker-expired",
    `${speaker.speakerId} expired at ${expiryOf(speaker, settings)}. Erase the speaker before you enroll it again.`,
  );
}

/**
 * Returns a request's RFC 3339 date or time as an ISO time. A date is its first moment in UTC.
 * Throws `validation-failed` unless it is in the future.
 */
export function futureTime({ clock }: Pick<Services, "clock">, text: string): string {
  const time = Date.parse(text);
  if (time > clock.now().getTime()) return new Date(time).toISOString();
  throw invalid("/expiresAt", "This time has passed. Send a time in the future.");
}
