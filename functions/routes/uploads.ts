import { z } from "@hono/zod-openapi";
import { MANIFEST_TYPE, MAX_UPLOAD_BYTES, openUpload, readUpload } from "../../lib/domain/upload/upload.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { Upload, UploadTicket } from "../../lib/schema/upload.ts";
import { audioType } from "../http/body/audio-source.ts";
import { selection, selectionOf } from "../http/body/piece.ts";
import { KeepAudio, Sha256, Speaker, speakerIdOf, uploadIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { requireTokenSpeaker } from "../http/guard/token-speaker.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";

/** A key that may send audio may also upload it. */
const SCOPES: readonly Scope[] = ["speakers:write", "verify", "identify", "compare", "calibrations"];

const Fields = z.strictObject({
  mediaType: z
    .string()
    .min(1)
    .max(100)
    .describe(`An audio media type such as audio/wav, or ${MANIFEST_TYPE} for a job's manifest.`),
  bytes: z.int().min(1).max(MAX_UPLOAD_BYTES).describe("The size of the file."),
  sha256: Sha256.describe("The SHA-256 of the file, as `sha256sum` prints it."),
  enroll: z
    .strictObject({ speaker: Speaker, ...selection, keepAudio: KeepAudio.optional() })
    .optional()
    .describe("Enroll the clip for this speaker as soon as it has arrived."),
});

export const uploadRoutes = [
  route(
    {
      operationId: "openUpload",
      details:
        "Post the form's fields in their order, then the file as `file`, to the form's `url`, without the API " +
        "key.",
      summary: "Get a form for uploading a file that is too large for a body, or a clip to enroll on arrival",
      tag: "Uploads",
      method: "post",
      path: "/uploads",
      scope: SCOPES,
      checksTokenSpeaker: true,
      // The log has what is done with the file.
      audit: "none",
      problems: ["speaker-not-found"],
      input: jsonFields(Fields),
      reply: {
        status: 201,
        description: "The upload, and the form to post within five minutes",
        schema: UploadTicket,
      },
    },
    async (services, { registry: { registryId }, scopes, fields, c }) => {
      const { enroll, mediaType, ...file } = fields;
      if (enroll) requireScope(scopes, "speakers:write");
      if (enroll) requireTokenSpeaker(c, enroll.speaker);
      const isManifest = mediaType === MANIFEST_TYPE && !enroll;
      const { upload, form } = await openUpload(services, {
        ...file,
        registryId,
        keyId: c.var.key.keyId,
        mediaType: isManifest ? mediaType : audioType(mediaType),
        enroll: enroll && {
          speakerId: speakerIdOf(enroll.speaker),
          ...selectionOf(enroll, "", "/enroll"),
          keepAudio: enroll.keepAudio,
        },
      });
      const { origin } = new URL(c.req.url);
      const url = form.url.startsWith("/") ? (c.env.clientUrl ?? origin) + form.url : form.url;
      return { upload, form: { ...form, method: "POST" as const, url } };
    },
  ),
  route(
    {
      operationId: "readUpload",
      summary: "Read an upload: whether it has arrived, and what it was used for",
      tag: "Uploads",
      method: "get",
      path: "/uploads/{uploadId}",
      scope: SCOPES,
      checksTokenSpeaker: true,
      problems: ["upload-not-found"],
      input: noFields,
      reply: { description: "The upload", schema: Upload },
    },
    (services, { registry: { registryId }, param }) =>
      readUpload(services, { registryId, uploadId: uploadIdOf(param("uploadId")) }),
  ),
];
