import type { Context } from "hono";
import type { ClipInput } from "../../lib/audio/types.ts";
import { AppError } from "../../lib/error.ts";
import { parseMultipart } from "../http/body/multipart.ts";
import type { Env } from "../http/env.ts";
import { essence } from "../http/guard/media-type.ts";
import { boundaryOf } from "../http/guard/multipart-pieces.ts";

/**
 * Reads the audio: the raw body, or the first file of a multipart body. Azure's JavaScript SDK
 * sends a raw body as multipart/form-data without a boundary.
 */
export async function clipOf(c: Context<Env>, body: Uint8Array<ArrayBuffer>): Promise<ClipInput> {
  if (body.length === 0) throw new AppError("empty-body", "Send the audio as the body.");
  const contentType = c.req.header("Content-Type") ?? "";
  if (essence(contentType) !== "multipart/form-data" || boundaryOf(contentType) === undefined)
    return { bytes: body };
  const file = (await parseMultipart(body, contentType)).find(({ value }) => typeof value !== "string");
  if (!file || typeof file.value === "string")
    throw new AppError("malformed-multipart", "The multipart body has no file.");
  return { bytes: new Uint8Array(await file.value.arrayBuffer()) };
}
