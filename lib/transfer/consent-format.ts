import * as z from "zod";
import { isConsentId } from "../id.ts";
import { PURPOSES } from "../schema/purpose.ts";
import { Sha256, Time, text } from "./fields.ts";

const Person = z.strictObject({
  who: z.enum(["person", "representative"]),
  name: text(256).optional(),
  relation: text(64).optional(),
});
const Withdrawal = z.strictObject({
  at: Time,
  recordedAt: Time,
  recordedBy: text(80).optional(),
  reason: text(1024).optional(),
});
/** A consent in a speaker line. Fields that are not set are absent. */
export const ConsentPart = z.strictObject({
  consentId: z.string().refine(isConsentId),
  givenBy: Person,
  text: z.strictObject({ name: text(128), version: text(64), language: text(35).optional() }),
  purposes: z.array(z.enum(PURPOSES)).readonly(),
  channel: text(64).optional(),
  evidence: z.strictObject({ reference: text(1024), sha256: Sha256.optional() }).optional(),
  givenAt: Time,
  recordedAt: Time,
  recordedBy: text(80).optional(),
  withdrawal: Withdrawal.optional(),
});
