import * as z from "zod";
import { isConsentId } from "../id.ts";
import { CONSENT_LENGTHS } from "../schema/consent.ts";
import { PURPOSES } from "../schema/purpose.ts";
import { Sha256, Time, text } from "./fields.ts";

const Person = z.strictObject({
  who: z.enum(["person", "representative"]),
  name: text(CONSENT_LENGTHS.giver).optional(),
  relation: text(CONSENT_LENGTHS.relation).optional(),
});
const Withdrawal = z.strictObject({
  at: Time,
  recordedAt: Time,
  recordedBy: text(80).optional(),
  reason: text(CONSENT_LENGTHS.reason).optional(),
});
/** A consent in a speaker line. Fields that are not set are absent. */
export const ConsentPart = z.strictObject({
  consentId: z.string().refine(isConsentId),
  givenBy: Person,
  text: z.strictObject({
    name: text(CONSENT_LENGTHS.textName),
    version: text(CONSENT_LENGTHS.textVersion),
    language: text(CONSENT_LENGTHS.language).optional(),
  }),
  purposes: z.array(z.enum(PURPOSES)).readonly(),
  channel: text(CONSENT_LENGTHS.channel).optional(),
  evidence: z
    .strictObject({
      reference: text(CONSENT_LENGTHS.reference).optional(),
      sha256: Sha256.optional(),
      /** Its audio line has `sha256`. */
      recording: z.strictObject({ mediaType: text(255).optional() }).optional(),
    })
    .optional(),
  givenAt: Time,
  recordedAt: Time,
  recordedBy: text(80).optional(),
  withdrawal: Withdrawal.optional(),
});
