import { OpenAPIHono } from "@hono/zod-openapi";
import { awaitedUpload, receiveUpload } from "../../lib/domain/upload/receive.ts";
import { AppError } from "../../lib/error.ts";
import type { RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import { parseMultipart } from "../http/body/multipart.ts";
import { uploadIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";
import { readBody } from "../http/guard/limits.ts";
import { essence } from "../http/guard/media-type.ts";

/** Room for the form's fields beside the file. */
const FIELDS_BYTES = 16 * 1024;
const isRegistryId = (text: string): text is RegistryId => /^reg_[0-9a-z]{1,64}$/.test(text);

/** No part of the API: where the form of an upload is posted, if the files are kept by this service itself. */
export const uploadContentPath = "/uploads/{uploadId}/content";

/** Under the form's own seal and not an API key: whoever was given the form may post it. */
export function uploadContentRoute(services: Services) {
  const app = new OpenAPIHono<Env>();
  app.post("/uploads/:uploadId/content", named({ path: uploadContentPath }), async (c) => {
    const registryId = c.req.query("registry") ?? "";
    if (!isRegistryId(registryId)) throw new AppError("upload-not-found", "No such upload.");
    const uploadId = uploadIdOf(c.req.param("uploadId"));
    const upload = await awaitedUpload(services, { registryId, uploadId });
    const contentType = c.req.header("Content-Type") ?? "";
    const body = await readBody(c, upload.bytes + FIELDS_BYTES, `${upload.bytes} were announced.`);
    if (essence(contentType) !== "multipart/form-data")
      throw new AppError("unsupported-media-type", "Content-Type may be: multipart/form-data.");
    const parts = await parseMultipart(body, contentType);
    const fields = Object.fromEntries(
      parts.flatMap(({ name, value }) => (typeof value === "string" ? [[name, value]] : [])),
    );
    const [file] = parts.flatMap(({ name, value }) =>
      name === "file" && typeof value !== "string" ? [value] : [],
    );
    if (!file) throw new AppError("malformed-multipart", "The part file with the file is missing.");
    await receiveUpload(services, upload, { fields, bytes: new Uint8Array(await file.arrayBuffer()) });
    return c.body(null, 204);
  });
  return app;
}
