import type { Ear, Heard } from "../../lib/adapters/onnx/cached-ear.ts";
import { naming, readInput } from "../clip-file.ts";
import type { NamedClip } from "./named-clips.ts";

/** Hears each file once, `width` at a time; by absolute path. The first failure names its clip and ends it. */
export async function embedClips(
  ear: Ear,
  clips: Iterable<NamedClip>,
  options: { width: number; onProgress?: ((done: number, total: number) => void) | undefined },
): Promise<Map<string, Heard>> {
  const results = new Map<string, Heard>();
  const waiting = [...new Map([...clips].map((clip) => [clip.path, clip])).values()];
  const total = waiting.length;
  let next = 0;
  const work = async () => {
    while (next < waiting.length) {
      const { path, label } = waiting[next++];
      try {
        const hear = async () => ear({ bytes: await readInput(path) }, { insist: true });
        results.set(path, await naming(label, hear));
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
