import { labelAudioErrors } from "../input-file.ts";
import type { EmbeddedClip, EmbedFile } from "./embedding-cache.ts";
import type { NamedClip } from "./named-clips.ts";

/**
 * Embeds each file once, `width` at a time. Resolves to the results by absolute path. Stops at the
 * first failure and rejects with an error that names the clip.
 */
export async function embedClips(
  embedFile: EmbedFile,
  clips: Iterable<NamedClip>,
  options: { width: number; onProgress?: ((done: number, total: number) => void) | undefined },
): Promise<Map<string, EmbeddedClip>> {
  const results = new Map<string, EmbeddedClip>();
  const distinct = new Map(Array.from(clips, (clip) => [clip.path, clip]));
  // The workers share one iterator, so each clip goes to one of them.
  const queue = distinct.values();
  let failed = false;
  const work = async () => {
    for (const { path, label } of queue) {
      if (failed) return;
      try {
        const embed = () => embedFile(path, { evenWithoutSpeech: true });
        results.set(path, await labelAudioErrors(label, embed));
      } catch (error) {
        failed = true;
        throw error;
      }
      options.onProgress?.(results.size, distinct.size);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  return results;
}
