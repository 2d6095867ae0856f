import { NO_WINDOWS } from "../lib/adapters/model/windows.ts";
import { cachedEmbed, type EmbeddedClip } from "../lib/evaluate/embedding-cache.ts";
import type { Embedder } from "../lib/ports/model.ts";
import { sha256Of } from "../lib/sha256.ts";

/** A bench may send one clip often, which must not count as a replay. */
const NO_FINGERPRINT = { bits: new Uint16Array(0), sure: new Uint16Array(0) };

/**
 * Wraps an embedder so that each clip is embedded once: results stay in memory, and in `cache` if
 * it is a folder. Without windows, so a second voice within a clip is not detected.
 */
export async function cachedEmbedder(
  embedder: Embedder,
  model: string,
  cache: string | undefined,
): Promise<Embedder> {
  const embed = await cachedEmbed(embedder, model, cache);
  const known = new Map<string, Promise<EmbeddedClip>>();
  return {
    ...embedder,
    async embed(clip) {
      const audioSha256 = sha256Of(clip.bytes);
      const embedded = known.get(audioSha256) ?? embed(clip);
      known.set(audioSha256, embedded);
      return { ...(await embedded), windows: NO_WINDOWS, audioSha256, fingerprint: NO_FINGERPRINT };
    },
  };
}
