import type { ClipId, SpeakerId, UploadId } from "../id.ts";
import { LaterProblem, Time } from "./measures.ts";
import { orNull, text, type View, z } from "./zod.ts";

export const Upload = z
  .object({
    id: text<UploadId>({ example: "upl_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    state: z.enum(["waiting", "arrived", "consumed", "enrolled", "failed"]).openapi({
      description:
        "`waiting`: the file has not arrived. `arrived`: it is ready to be used or enrolled. `consumed`: a request " +
        "used it. `failed`: see `problem`.",
    }),
    mediaType: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    enroll: z.object({ speaker: text<SpeakerId>(), channel: z.int().nullable() }).nullable(),
    clips: z.array(text<ClipId>()).openapi({ description: "The clips that it was enrolled as." }),
    problem: orNull(LaterProblem).openapi({ description: "Why it failed." }),
    createdAt: Time,
    expiresAt: Time.openapi({ description: "When the form stops accepting the file." }),
    goneAt: Time.openapi({ description: "When the upload and its file are deleted." }),
  })
  .openapi("Upload");
export type UploadView = View<typeof Upload>;

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
      "Post `fields` and then the file as `file` to `url`, as multipart/form-data. The form needs no API key.",
  });
