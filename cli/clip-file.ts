import type { ClipInput } from "../lib/audio/types.ts";
import { labelAudioErrors, readInput } from "../lib/input-file.ts";
import type { Embedder } from "../lib/ports/model.ts";

export async function readClip(path: string, channel: number | undefined): Promise<ClipInput> {
  return { bytes: await readInput(path), channel };
}

/** The same embedder; what it finds wrong with a clip's sound begins with the clip's file. */
export function labelClipErrors(
  { model, embed, check, close }: Embedder,
  names: ReadonlyMap<ClipInput, string>,
): Embedder {
  const byName: Embedder["embed"] = (clip, options) =>
    labelAudioErrors(names.get(clip) ?? "clip", () => embed(clip, options));
  return { model, embed: byName, check, close };
}
