import { AppError } from "../error.ts";
import type { RegistrySettings } from "../ports/registry.ts";
import type { Speaker } from "../ports/speaker.ts";
import type { Purpose } from "../schema/purpose.ts";

type Consented = Pick<Speaker, "consents">;

/** What the consents in force allow. Undefined: no consent was ever recorded. */
export function purposesOf({ consents }: Consented): ReadonlySet<Purpose> | undefined {
  if (!consents || consents.length === 0) return undefined;
  return new Set(consents.filter(({ withdrawal }) => !withdrawal).flatMap(({ purposes }) => purposes));
}

/** Whether consents were recorded and none is in force: then the voice is used for nothing. */
export const hasWithdrawnAll = (speaker: Consented): boolean => purposesOf(speaker)?.size === 0;

/**
 * Whether a speaker's voice may be used. Recorded consents decide, so that a withdrawal holds in
 * every registry; without any, the registry's settings do. An unknown speaker has none.
 */
export function allows(
  speaker: Consented | undefined,
  { requiredPurposes }: RegistrySettings,
  purpose: Purpose,
): boolean {
  const consented = purposesOf(speaker ?? {});
  return consented ? consented.has(purpose) : !requiredPurposes?.includes(purpose);
}

/** Throws `consent-required`. */
export function requirePurpose(
  speaker: Speaker | undefined,
  settings: RegistrySettings,
  purpose: Purpose,
): void {
  if (allows(speaker, settings, purpose)) return;
  throw new AppError(
    "consent-required",
    speaker?.consents
      ? `The person's consents in force don't include the purpose "${purpose}".`
      : `No recorded consent has the purpose "${purpose}". Record one with POST /speakers/{id}/consents.`,
  );
}
