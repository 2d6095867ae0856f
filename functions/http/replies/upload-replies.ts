import { z } from "@hono/zod-openapi";
import { Time } from "./replies.ts";

/** A problem that is told later than the request that caused it; its `type` would end in the slug. */
export const Told = z
  .object({ slug: z.string().openapi({ example: "audio-too-short" }), detail: z.string() })
  .openapi("ToldProblem");

export const Upload = z
  .object({
    id: z.string().openapi({ example: "upl_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    state: z.enum(["waiting", "arrived", "consumed", "enrolled", "failed"]),
    mediaType: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    enroll: z.object({ speaker: z.string(), channel: z.int().nullable() }).nullable(),
    clips: z.array(z.string()).openapi({ description: "What it was enrolled as." }),
    problem: Told.nullable().openapi({ description: "Why it failed." }),
    createdAt: Time,
    expiresAt: Time.openapi({ description: "The form takes nothing any more." }),
    goneAt: Time.openapi({ description: "Ticket and file are erased." }),
  })
  .openapi("Upload");

export const UploadTicket = z
  .object({
    upload: Upload,
    form: z.object({
      method: z.literal("POST"),
      url: z.string(),
      fields: z.record(z.string(), z.string()),
      expiresAt: Time,
    }),
  })
  .openapi("UploadTicket", {
    description:
      "Post `fields`, then the file as `file`, to `url` as multipart/form-data, without an API key.",
  });
