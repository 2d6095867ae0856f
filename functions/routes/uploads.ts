import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { MANIFEST_TYPE, MAX_UPLOAD_BYTES, openUpload, readUpload } from "../../lib/domain/upload/upload.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput, queryFields } from "../http/body/audio-input.ts";
import { audioType } from "../http/body/audio-source.ts";
import { Channel, NoFields, parse, Sha256, Speaker, speakerIdOf, uploadIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { requireScope } from "../http/guard/auth.ts";
import { guarded, reading } from "../http/guard/guard.ts";
import { bearer, failures, idempotencyKey, jsonBody, reply } from "../http/replies/describe.ts";
import { Upload, UploadTicket } from "../http/replies/upload-replies.ts";

/** Whoever may send audio may upload it. */
const SENDING: readonly Scope[] = ["speakers:write", "verify", "identify", "compare", "calibrations"];

const Fields = z.strictObject({
  mediaType: z
    .string()
    .min(1)
    .max(100)
    .openapi({ example: "audio/wav", description: `Of audio, or ${MANIFEST_TYPE} for a job's manifest.` }),
  bytes: z.int().min(1).max(MAX_UPLOAD_BYTES).openapi({ description: "The file's size." }),
  sha256: Sha256.openapi({ description: "Of the file: what `sha256sum` prints." }),
  enroll: z
    .strictObject({ speaker: Speaker, channel: Channel.optional() })
    .optional()
    .openapi({ description: "Enroll it for this speaker when it has arrived." }),
});

export const openUploadDefinition = createRoute({
  operationId: "openUpload",
  summary: "Where to put a clip that is too large for a body, or one that is to be enrolled by itself",
  tags: ["Uploads"],
  method: "post",
  path: "/uploads",
  security: bearer,
  parameters: [idempotencyKey],
  request: { body: jsonBody(Fields) },
  responses: {
    201: reply("The upload, and the form to post within five minutes", UploadTicket),
    ...failures,
  },
});

export const readUploadDefinition = createRoute({
  operationId: "readUpload",
  summary: "Has it arrived, and what became of it?",
  tags: ["Uploads"],
  method: "get",
  path: "/uploads/{uploadId}",
  security: bearer,
  request: { params: z.object({ uploadId: z.string() }) },
  responses: { 200: reply("The upload", Upload), ...failures },
});

export function openUploadRoute(services: Services) {
  const middleware = guarded(services, openUploadDefinition, SENDING, "fields");
  return new OpenAPIHono<Env>().openapi({ ...openUploadDefinition, middleware }, async (c) => {
    const { enroll, mediaType, ...file } = jsonInput(c, Fields);
    if (enroll) requireScope(c.var.key.scopes, "speakers:write");
    const isManifest = mediaType === MANIFEST_TYPE && !enroll;
    const { upload, form } = await openUpload(services, {
      ...file,
      registryId: c.var.registry.registryId,
      mediaType: isManifest ? mediaType : audioType(mediaType),
      enroll: enroll && { ...enroll, speakerId: speakerIdOf(enroll.speaker) },
    });
    const url = new URL(form.url, c.req.url).href;
    return c.json(UploadTicket.parse({ upload, form: { ...form, method: "POST", url } }), 201);
  });
}

export function readUploadRoute(services: Services) {
  const middleware = reading(services, readUploadDefinition, SENDING);
  return new OpenAPIHono<Env>().openapi({ ...readUploadDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registryId } = c.var.registry;
    const upload = await readUpload(services, { registryId, uploadId: uploadIdOf(c.req.param("uploadId")) });
    return c.json(Upload.parse(upload), 200);
  });
}
