import { AppError } from "../../../lib/error.ts";

const MAX_PARTS = 32;

export type Part = { name: string; value: string | File };

/** RFC 7578. A body that cannot be cut into parts is `malformed-multipart`. */
export async function parseMultipart(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<readonly Part[]> {
  const form = await new Response(body, { headers: { "Content-Type": contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw new AppError(
        "malformed-multipart",
        "The multipart body cannot be cut into parts; check its boundary.",
        { cause },
      );
    });
  const parts = [...form].map(([name, value]) => ({ name, value }));
  if (parts.length > MAX_PARTS)
    throw new AppError(
      "malformed-multipart",
      `A multipart body may have ${MAX_PARTS} parts, not ${parts.length}.`,
    );
  return parts;
}
