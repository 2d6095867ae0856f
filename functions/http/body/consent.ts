import { z } from "@hono/zod-openapi";
import { AppError } from "../../../lib/error.ts";
import { type ConsentId, isConsentId } from "../../../lib/id.ts";
import { CONSENT_LENGTHS } from "../../../lib/schema/consent.ts";
import { PURPOSES } from "../../../lib/schema/purpose.ts";
import { Moment, text } from "./schema.ts";

const Past = Moment.describe("An RFC 3339 date or time in the past. A date is its first moment in UTC.");

/** The body of `POST /speakers/{id}/consents`. */
export const NewConsent = z.strictObject({
  givenBy: z
    .strictObject({
      who: z.enum(["person", "representative"]),
      name: text(CONSENT_LENGTHS.giver).optional(),
      relation: text(CONSENT_LENGTHS.relation)
        .optional()
        .describe("Of the representative to the person, such as `parent`."),
    })
    .describe("Who gave the consent: the person, or somebody on the person's behalf."),
  text: z
    .strictObject({
      name: text(CONSENT_LENGTHS.textName),
      version: text(CONSENT_LENGTHS.textVersion),
      language: text(CONSENT_LENGTHS.language)
        .optional()
        .describe("A language tag (BCP 47), such as `en` or `zh-Hans`."),
    })
    .describe("The text that the person agreed to."),
  purposes: z
    .array(z.enum(PURPOSES))
    .min(1)
    .refine((all) => new Set(all).size === all.length, "Name each purpose once.")
    .describe(
      "`enroll`: recordings become the voiceprint. `verify`: it is compared with a claim. `identify`: it is found " +
        "among others, which includes watchlists and the names of diarization.",
    ),
  channel: text(CONSENT_LENGTHS.channel)
    .optional()
    .describe("How it was given, such as `web`, `phone` or `paper`."),
  evidence: z
    .strictObject({
      reference: text(CONSENT_LENGTHS.reference)
        .optional()
        .describe("Where you keep the proof: a document number or a URL."),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, "Use 64 hexadecimal digits in lower case.")
        .optional()
        .describe("Of the document, so that it can be shown to be unchanged."),
      upload: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe(
          "The ID of an upload with a recording of the consent, which is then stored with the speaker.",
        ),
    })
    .refine(
      ({ reference, upload }) => reference !== undefined || upload !== undefined,
      "Send `reference`, `upload` or both.",
    )
    .optional(),
  givenAt: Past.optional().describe("When the consent was given. Without it: now."),
});

/** The body of a withdrawal. */
export const NewWithdrawal = z.strictObject({
  at: Past.optional().describe("When the person withdrew it. Without it: now."),
  reason: text(CONSENT_LENGTHS.reason).optional(),
});

export function consentIdOf(text: string): ConsentId {
  if (!isConsentId(text)) throw new AppError("consent-not-found", "No consent has this ID.");
  return text;
}
