import { AppError } from "../../../lib/error.ts";
import { boundaryOf, multipartPieces } from "../guard/multipart-pieces.ts";

/** A part's Content-Disposition and Content-Type take a few hundred bytes. */
const MAX_PART_HEAD_BYTES = 4096;

type Part = { name: string; value: string | File };

/** Parses a multipart/form-data body (RFC 7578). Throws `malformed-multipart`. */
export async function parseMultipart(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<readonly Part[]> {
  checkParts(body, contentType);
  const form = await new Response(body, { headers: { "Content-Type": contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw malformed("The multipart body can't be parsed. Check its boundary.", cause);
    });
  return [...form].map(([name, value]) => ({ name, value }));
}

/** The parser takes a second for 4 MB of empty parts or of part headers, so these come first. */
function checkParts(body: Uint8Array<ArrayBuffer>, contentType: string): void {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined)
    throw malformed("The multipart body can't be parsed: Content-Type has no boundary.");
  const [, ...parts] = multipartPieces(body, boundary);
  if (latin1(parts.pop()?.subarray(0, 2)) !== "--")
    throw malformed("The multipart body ends before its closing delimiter. Send the whole body.");
  for (const part of parts)
    if (!latin1(part.subarray(0, MAX_PART_HEAD_BYTES)).includes("\r\n\r\n"))
      throw malformed(`The headers of a part must end within ${MAX_PART_HEAD_BYTES} bytes.`);
}

const latin1 = (bytes: Uint8Array = new Uint8Array(0)): string => Buffer.from(bytes).toString("latin1");

const malformed = (detail: string, cause?: unknown): AppError =>
  new AppError("malformed-multipart", detail, { cause });
