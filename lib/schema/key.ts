import type { KeyId } from "../id.ts";
import { Time } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

/** What a key may do. docs/api.md explains each scope. */
export const SCOPES = [
  "speakers:read",
  "speakers:write",
  "speakers:force",
  "clips:read",
  "verify",
  "identify",
  "compare",
  "embeddings",
  "scores:read",
  "calibrations",
  "decisions:read",
  "decisions:label",
  "decisions:loosen",
  "audit:read",
  "metrics:read",
  "keys:write",
  "webhooks:read",
  "webhooks:write",
  "settings",
] as const;

/** What a short-lived token may do. Scores and stored recordings don't belong into a web page. */
export const TOKEN_SCOPES = ["speakers:read", "speakers:write", "verify", "identify", "compare"] as const;

export const Scope = z.enum(SCOPES);
const Id = text<KeyId>({ example: "key_3v8h0d6n9q2k4m7r" });
const seconds = z.number().min(0);

export const Key = z
  .object({
    id: Id,
    name: z.string(),
    scopes: z.array(Scope).openapi({ example: ["verify", "speakers:read"] }),
    createdAt: Time,
    expiresAt: Time.nullable().openapi({ description: "The key is refused from this time on. Null: never." }),
    revokedAt: Time.nullable().openapi({ description: "When the key was revoked. Null: it was not." }),
    audioSecondsPerDay: seconds
      .nullable()
      .openapi({ description: "Seconds of audio that the key may send per day (UTC). Null: no limit." }),
    audioSecondsToday: seconds
      .nullable()
      .openapi({ description: "Seconds of audio that the key has sent today. Null without a limit." }),
  })
  .openapi("Key");

export const KeyList = z.object({ keys: z.array(Key) }).openapi("KeyList");

export const MadeKey = z
  .object({
    key: Key,
    token: z.string().openapi({
      description: "What to send as `Authorization: Bearer`. It is shown once, and is not stored.",
    }),
  })
  .openapi("MadeKey");

export const MadeToken = z
  .object({ token: z.string().openapi({ example: "vt_..." }), expiresAt: Time })
  .openapi("MadeToken");

export const OwnKey = z.object({ key: Key, registry: z.object({ name: z.string() }) }).openapi("OwnKey");

export type KeyView = View<typeof Key>;
