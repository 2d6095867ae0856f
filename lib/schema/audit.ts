import type { KeyId, RegistryId } from "../id.ts";
import { Time } from "./measures.ts";
import { orNull, text, type View, z } from "./zod.ts";

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const KeyedHash = Hash.nullable();
const Value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

export const AuditEntry = z
  .strictObject({
    registry: text<RegistryId>(),
    seq: z.int().min(1).openapi({ description: "1 for the first entry. Each entry adds 1." }),
    at: Time,
    key: text<KeyId>({ example: "key_3v8h0d6n9q2k4m7r" })
      .nullable()
      .openapi({ description: "The API key. Null for the command line." }),
    caller: KeyedHash.openapi({ description: "A keyed hash of the header `Caller-Id`. Null without one." }),
    operation: z.string().openapi({
      description: "The `operationId` of a route, or an operation of the command line.",
      example: "eraseSpeaker",
    }),
    speaker: KeyedHash.openapi({
      description: "A keyed hash of the speaker's ID. `voiceroll audit list --speaker ID` finds the entries.",
    }),
    outcome: z.string().openapi({
      description: "`done`, the ID of the decision, or the slug of the problem.",
      example: "done",
    }),
    details: z.record(z.string(), Value).openapi({
      description: "Generated IDs, changed settings with their new values, and counts.",
    }),
    previous: Hash.openapi({ description: "`hash` of the entry before. 64 zeros in the first entry." }),
    hash: Hash.openapi({
      description: "SHA-256 of the canonical JSON (RFC 8785) of the entry without this field.",
    }),
  })
  .openapi("AuditEntry");

const AuditHead = z.object({ seq: AuditEntry.shape.seq, hash: AuditEntry.shape.hash }).openapi("AuditHead");

export const AuditPage = z
  .object({
    entries: z.array(AuditEntry),
    head: orNull(AuditHead).openapi({ description: "The newest entry. Null if the log is empty." }),
    next: z.string().nullable().openapi({ description: "Cursor of the next page. Null on the last page." }),
  })
  .openapi("AuditPage");

export type AuditEntry = View<typeof AuditEntry>;
/** Names an entry, and with its hash the whole chain up to it. */
export type AuditHead = View<typeof AuditHead>;
