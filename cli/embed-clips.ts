import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Embedder } from "../lib/ports.ts";
import { normalize, type UnitVector } from "../lib/score/vector.ts";
import { naming, readInput } from "./clip-file.ts";

/** `embedding`: undefined with too little speech for the model. */
export type Embedded = { embedding: UnitVector | undefined; speechSeconds: number | undefined };

/** Embeds each path once, `width` at a time; the first failure names its clip and ends it. */
export async function embedClips(
  embedder: Embedder,
  paths: readonly { path: string; label: string }[],
  options: {
    width: number;
    cache?: string | undefined;
    onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Map<string, Embedded>> {
  const results = new Map<string, Embedded>();
  const waiting = [...paths];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { path, label } = next;
      try {
        results.set(path, await naming(label, () => embedOne(embedder, path, options.cache)));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
      options.onProgress?.(results.size, paths.length);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  return results;
}

async function embedOne(embedder: Embedder, path: string, cache: string | undefined): Promise<Embedded> {
  const bytes = await readInput(path);
  const kept = cache && join(cache, embedder.model.modelId);
  const file = kept && join(kept, `${createHash("sha256").update(bytes).digest("hex")}.f32`);
  const stored = file && (await readFile(file).catch(() => undefined));
  if (stored && stored.length === embedder.model.dimension * 4)
    return {
      embedding: normalize(new Float32Array(Uint8Array.from(stored).buffer)),
      speechSeconds: undefined,
    };
  const { embedding, quality } = await embedder.hear({ bytes }, { insist: true });
  if (embedding && kept && file) {
    await mkdir(kept, { recursive: true });
    // Renamed into place: a reader never meets half a file.
    await writeFile(`${file}.${process.pid}`, new Uint8Array(embedding.buffer));
    await rename(`${file}.${process.pid}`, file);
  }
  return { embedding, speechSeconds: quality.speechSeconds };
}
