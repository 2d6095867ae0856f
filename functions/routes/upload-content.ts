import { awaitedUpload, receiveUpload } from "../../lib/domain/upload/receive.ts";
import { AppError } from "../../lib/error.ts";
import type { RegistryId } from "../../lib/id.ts";
import { takeFile } from "../http/body/posted-form.ts";
import { uploadIdOf } from "../http/body/schema.ts";
import { named } from "../http/guard/guard.ts";
import { streamBody } from "../http/guard/limits.ts";
import { essence } from "../http/guard/media-type.ts";
import { type Route, routingPath } from "../http/route.ts";

/** Allowance for the form's fields in addition to the file. */
const FIELDS_BYTES = 16 * 1024;
const isRegistryId = (text: string): text is RegistryId => /^reg_[0-9a-z]{1,64}$/.test(text);
const path = "/uploads/{uploadId}/content";

/**
 * Receives the file of an upload, if this service stores the files itself. It isn't part of the
 * API: the form's own signature authorizes the request instead of an API key, so anyone who has the
 * form can post it.
 */
export const uploadContentRoute: Route = {
  method: "post",
  path,
  mount(app, services) {
    app.post(routingPath(path), named({ path }), async (c) => {
      const registryId = c.req.query("registry") ?? "";
      if (!isRegistryId(registryId)) throw new AppError("upload-not-found", "No upload has this ID.");
      const uploadId = uploadIdOf(c.req.param("uploadId") ?? "");
      const upload = await awaitedUpload(services, { registryId, uploadId });
      const contentType = c.req.header("Content-Type") ?? "";
      if (essence(contentType) !== "multipart/form-data")
        throw new AppError("unsupported-media-type", "Send the form as multipart/form-data.");
      const limit = {
        maxBytes: upload.bytes + FIELDS_BYTES,
        advice: `The upload was announced with ${upload.bytes} bytes.`,
      };
      await streamBody(c, limit, (body) =>
        takeFile(body, contentType, (fields, file) => receiveUpload(services, upload, { fields, file })),
      );
      return c.body(null, 204);
    });
  },
};
