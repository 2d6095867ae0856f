import { AppError } from "../../error.ts";
import { type ConsentId, type KeyId, makeId } from "../../id.ts";
import type { Consent } from "../../ports/consent.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { ConsentListView, ConsentView } from "../../schema/consent.ts";
import { sha256Of } from "../../sha256.ts";
import { invalid } from "../invalid.ts";
import { hasWithdrawnAll, purposesOf } from "../purposes.ts";
import { consentView } from "./consent-view.ts";
import { withEvidence } from "./evidence.ts";
import { changeSpeaker, liveSpeaker, refuseOptedOut, type SpeakerInput } from "./speaker.ts";

/** Consents of one speaker. All are read with the speaker, so they have to stay few. */
export const MAX_CONSENTS = 50;

type Needs = Pick<Services, "clock" | "random" | "speakers">;
/** The recording that proves a consent. */
type Evidence = { bytes: Uint8Array; mediaType?: string | undefined };
/** Who records it: an API key, or the command line. */
type Recorder = { keyId?: KeyId | undefined; attempt?: RequestAttempt | undefined };
export type NewConsent = Omit<
  Consent,
  "consentId" | "givenAt" | "recordedAt" | "recordedBy" | "withdrawal"
> & {
  givenAt?: string | undefined;
};

/**
 * Adds a consent to those of the speaker. A repeated attempt gets the one that it has added.
 *
 * givenAt    an RFC 3339 date or time; undefined: now
 * recording  proves the consent, and is stored with the speaker
 * throws     `speaker-not-found`, `speaker-opted-out`, `consent-limit-reached`, `validation-failed`
 *            for a time in the future
 */
export async function recordConsent(
  services: Needs & Pick<Services, "clips">,
  input: SpeakerInput & Recorder & { consent: NewConsent; recording?: Evidence | undefined },
): Promise<ConsentView> {
  const { attempt, keyId, recording } = input;
  const consent = recording ? provenBy(input, recording) : input.consent;
  const bytes = attempt ? Buffer.from(attempt.mark, "hex") : services.random.bytes(16);
  const consentId = makeId("con", bytes.subarray(0, 16));
  const now = services.clock.now();
  const givenAt = pastTime(now, consent.givenAt, "/givenAt");
  const added = { ...consent, consentId, givenAt, recordedAt: now.toISOString(), recordedBy: keyId };
  const commit = () =>
    changeSpeaker(services, input, (found) => {
      refuseOptedOut(found);
      const consents = found.consents ?? [];
      if (consents.some((one) => one.consentId === consentId)) return found;
      if (consents.length >= MAX_CONSENTS)
        throw new AppError(
          "consent-limit-reached",
          `${input.speakerId} has ${MAX_CONSENTS} consents, the most that a speaker can have.`,
        );
      return { ...found, consents: [...consents, added] };
    });
  const speaker = recording
    ? await withEvidence(services, { ...input, consentId, bytes: recording.bytes }, commit)
    : await commit();
  return viewOf(speaker, consentId);
}

/** Throws `validation-failed` if the registry stores no recordings, and for another SHA-256. */
function provenBy(
  { registry, consent }: SpeakerInput & { consent: NewConsent },
  { bytes, mediaType }: Evidence,
): NewConsent {
  if (registry.settings.keepAudio === false)
    throw invalid("/evidence", "This registry doesn't store recordings. Send a reference to the proof.");
  const sha256 = sha256Of(bytes);
  if ((consent.evidence?.sha256 ?? sha256) !== sha256)
    throw invalid("/evidence/sha256", `The recording has another SHA-256: ${sha256}.`);
  return { ...consent, evidence: { ...consent.evidence, sha256, recording: { mediaType } } };
}

/**
 * Ends a consent. Its purposes are refused from this moment on, unless another consent in force has
 * them. A consent that is withdrawn already stays as it is.
 *
 * throws  `speaker-not-found`, `consent-not-found`, `validation-failed` for a time in the future
 */
export async function withdrawConsent(
  services: Needs & Pick<Services, "cohorts">,
  input: SpeakerInput &
    Recorder & { consentId: ConsentId; at?: string | undefined; reason?: string | undefined },
): Promise<ConsentView> {
  const { consentId, keyId, reason } = input;
  const now = services.clock.now();
  const at = pastTime(now, input.at, "/at");
  const withdrawal = { at, recordedAt: now.toISOString(), recordedBy: keyId, reason };
  const speaker = await changeSpeaker(services, input, (found) => {
    const { withdrawal: earlier } = requireConsent(found, consentId);
    if (earlier) return found;
    const consents = found.consents?.map((one) =>
      one.consentId === consentId ? { ...one, withdrawal } : one,
    );
    return { ...found, consents };
  });
  // Repeating a withdrawal after a crash reaches this as well.
  if (hasWithdrawnAll(speaker)) await services.cohorts.forget(speaker.registryId, speaker.uid);
  return viewOf(speaker, consentId);
}

/** Every consent of the speaker, oldest first, and what those in force allow. */
export async function listConsents(
  services: Pick<Services, "clock" | "speakers">,
  input: SpeakerInput,
): Promise<ConsentListView> {
  const speaker = await liveSpeaker(services, input);
  const purposes = purposesOf(speaker);
  return {
    consents: (speaker.consents ?? []).map(consentView),
    purposes: purposes ? [...purposes].sort() : null,
  };
}

/**
 * The consents of two records of one person, oldest first. What either record has as withdrawn is
 * withdrawn: an old export must not bring a consent back.
 */
export function joinedConsents(one: Speaker["consents"], other: Speaker["consents"]): Speaker["consents"] {
  if (!one || !other) return one ?? other;
  const joined = new Map(one.map((consent) => [consent.consentId, consent]));
  for (const consent of other)
    if (!joined.get(consent.consentId)?.withdrawal) joined.set(consent.consentId, consent);
  return [...joined.values()].sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1)).slice(-MAX_CONSENTS);
}

function requireConsent({ consents = [], speakerId }: Speaker, consentId: ConsentId): Consent {
  const found = consents.find((one) => one.consentId === consentId);
  if (!found) throw new AppError("consent-not-found", `${speakerId} has no consent ${consentId}.`);
  return found;
}

const viewOf = (speaker: Speaker, consentId: ConsentId): ConsentView =>
  consentView(requireConsent(speaker, consentId));

function pastTime(now: Date, text: string | undefined, pointer: string): string {
  const time = text === undefined ? now.getTime() : Date.parse(text);
  if (time <= now.getTime()) return new Date(time).toISOString();
  throw invalid(pointer, "This time is in the future. Send a time in the past.");
}
