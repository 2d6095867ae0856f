import type { ConsentId, SpeakerUid } from "../id.ts";
import { Time } from "./measures.ts";
import { PURPOSES } from "./purpose.ts";
import { text, type View, z } from "./zod.ts";

/** The most characters of each text of a consent. */
export const CONSENT_LENGTHS = {
  giver: 256,
  relation: 64,
  textName: 128,
  textVersion: 64,
  language: 35,
  channel: 64,
  reference: 1024,
  reason: 1024,
} as const;

export const Purposes = z.array(z.enum(PURPOSES));

const Withdrawal = z
  .object({
    at: Time,
    recordedAt: Time,
    recordedBy: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .openapi("Withdrawal");

export const Consent = z
  .object({
    id: text<ConsentId>({ example: "con_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    givenBy: z.object({
      who: z.enum(["person", "representative"]),
      name: z.string().nullable(),
      relation: z.string().nullable().openapi({ example: "parent" }),
    }),
    text: z.object({
      name: z.string().openapi({ example: "voice-notice" }),
      version: z.string().openapi({ example: "2026-11" }),
      language: z.string().nullable(),
    }),
    purposes: Purposes,
    channel: z.string().nullable().openapi({ example: "web" }),
    evidence: z
      .object({
        reference: z.string().nullable(),
        sha256: z.string().nullable(),
        recording: z.boolean().openapi({
          description: "Whether a recording is stored (`GET /speakers/{id}/consents/{consentId}/evidence`).",
        }),
      })
      .nullable(),
    givenAt: Time,
    recordedAt: Time,
    recordedBy: z.string().nullable().openapi({ description: "The API key. Null: the command line." }),
    withdrawal: Withdrawal.nullable(),
  })
  .openapi("Consent");

export const ConsentList = z
  .object({
    consents: z.array(Consent).openapi({ description: "Oldest first, withdrawn ones included." }),
    purposes: Purposes.nullable().openapi({
      description:
        "What the consents in force allow. Null: no consent was ever recorded, so the registry's " +
        "`requiredPurposes` alone decide.",
    }),
  })
  .openapi("ConsentList");

const Proof = z
  .object({
    uid: text<SpeakerUid>({ example: "spk_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    erasedAt: Time,
    consents: z.array(
      Consent.pick({ id: true, text: true, purposes: true, givenAt: true, withdrawal: true }),
    ),
  })
  .openapi("ConsentProof");

export const ConsentProofList = z.object({ proofs: z.array(Proof) }).openapi("ConsentProofList");

export type ConsentView = View<typeof Consent>;
export type ConsentListView = View<typeof ConsentList>;
export type ConsentProofView = View<typeof Proof>;
