import { naming, readInput } from "../input-file.ts";
import type { EmbedClip, EmbeddedClip } from "./embedding-cache.ts";
import type { NamedClip } from "./named-clips.ts";

/** Hears each file once, `width` at a time; by absolute path. The first failure names its clip and ends it. */
export async function embedClips(
  embedClip: EmbedClip,
  clips: Iterable<NamedClip>,
  options: { width: number; onProgress?: ((done: number, total: number) => void) | undefined },
): Promise<Map<string, EmbeddedClip>> {
  const results = new Map<string, EmbeddedClip>();
  const waiting = [...new Map([...clips].map((clip) => [clip.path, clip])).values()];
  const total = waiting.length;
  let next = 0;
  const work = async () => {
    while (next < waiting.length) {
      const { path, label } = waiting[next++];
      try {
        const embed = async () => embedClip({ bytes: await readInput(path) }, { evenWithoutSpeech: true });
        results.set(path, await naming(label, embed));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
      options.onProgress?.(results.size, total);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  return results;
}
