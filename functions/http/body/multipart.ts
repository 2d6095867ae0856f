import { AppError } from "../../../lib/error.ts";

const MAX_PARTS = 32;

type Part = { name: string; value: string | File };

/** Parses a multipart/form-data body (RFC 7578). Throws `malformed-multipart`. */
export async function parseMultipart(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<readonly Part[]> {
  const form = await new Response(body, { headers: { "Content-Type": contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw new AppError("malformed-multipart", "The multipart body can't be parsed. Check its boundary.", {
        cause,
      });
    });
  const parts = [...form].map(([name, value]) => ({ name, value }));
  if (parts.length > MAX_PARTS)
    throw new AppError(
      "malformed-multipart",
      `The multipart body has ${parts.length} parts. Send at most ${MAX_PARTS}.`,
    );
  return parts;
}
