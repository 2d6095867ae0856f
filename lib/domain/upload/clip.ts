import type { ClipInput, Piece } from "../../audio/types.ts";
import type { Services } from "../../ports/services.ts";
import type { ArrivedFile } from "./use.ts";

/**
 * Returns a clip: the file itself, or a part of it that is cut out. A large file is always cut, so
 * that it is never in memory as a whole.
 *
 * piece  undefined: the whole file, which then must not be longer than a clip
 */
export async function clipFrom(
  { embedder }: Pick<Services, "embedder">,
  file: ArrivedFile | { bytes: Uint8Array },
  { mediaType, channel, piece }: Pick<ClipInput, "mediaType" | "channel"> & { piece?: Piece | undefined },
): Promise<ClipInput> {
  if ("bytes" in file && !piece) return { bytes: file.bytes, mediaType, channel };
  const content = "bytes" in file ? { bytes: file.bytes } : { path: file.path };
  return embedder.cut({ ...content, mediaType, channel }, piece);
}
