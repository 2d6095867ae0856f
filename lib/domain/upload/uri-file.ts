import { AppError } from "../../error.ts";
import type { Services } from "../../ports/services.ts";
import { MAX_UPLOAD_BYTES, MAX_WHOLE_BYTES } from "./upload.ts";
import type { ArrivedFile } from "./use.ts";

/**
 * Reads the file at a URI: into memory, or onto disk if it is large. Call `forget` afterwards.
 *
 * throws  `file-not-allowed`, `file-not-found`, `file-changed`, `file-too-large`
 */
export async function fileAt({ uriFiles }: Pick<Services, "uriFiles">, uri: string): Promise<ArrivedFile> {
  const { bytes, size, version } = await uriFiles.read(uri, { from: 0, to: MAX_WHOLE_BYTES });
  requireSize(size);
  return bytes.length === size ? { bytes } : uriFiles.copy(uri, version);
}

/** Throws `file-too-large`. */
export function requireSize(size: number): void {
  if (size > MAX_UPLOAD_BYTES)
    throw new AppError(
      "file-too-large",
      `The file at this URI has ${size} bytes. It can have at most ${MAX_UPLOAD_BYTES}.`,
    );
}
