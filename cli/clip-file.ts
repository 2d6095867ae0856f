import type { ClipInput } from "../lib/audio/types.ts";
import { labelAudioErrors, readInput } from "../lib/input-file.ts";
import type { Embedder } from "../lib/ports/model.ts";

export async function readClip(path: string, channel: number | undefined): Promise<ClipInput> {
  return { bytes: await readInput(path), channel };
}

/** Wraps an embedder so that an audio error starts with the name of the clip's file. */
export function labelClipErrors(
  { embed, ...others }: Embedder,
  names: ReadonlyMap<ClipInput, string>,
): Embedder {
  const labeled: Embedder["embed"] = (clip, options) =>
    labelAudioErrors(names.get(clip) ?? "clip", () => embed(clip, options));
  return { ...others, embed: labeled };
}
