import { MIMEType } from "node:util";
import { AppError } from "../../../lib/error.ts";

const MAX_PARTS = 32;

/** Returns the parameter of a Content-Type, as parsers of the Fetch standard read it. */
export function boundaryOf(contentType: string): string | undefined {
  try {
    return new MIMEType(contentType).params.get("boundary") || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the bytes between the delimiters of a multipart body. The first piece comes before the
 * first part, and the last one after the last delimiter.
 *
 * Throws `malformed-multipart` for too many parts, without looking at the rest of the body.
 */
export function multipartPieces(body: Uint8Array<ArrayBuffer>, boundary: string): Uint8Array[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const delimiter = Buffer.from(`--${boundary}`);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, from)) {
    pieces.push(bytes.subarray(from, at));
    from = at + delimiter.length;
    // One piece precedes the first part.
    if (pieces.length > MAX_PARTS + 1)
      throw new AppError(
        "malformed-multipart",
        `The multipart body has more than ${MAX_PARTS} parts. Send fewer.`,
      );
  }
  return [...pieces, bytes.subarray(from)];
}
