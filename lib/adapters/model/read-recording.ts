import { inMemory } from "../../audio/byte-source.ts";
import { readLong } from "../../audio/read-long.ts";
import type { Recording } from "../../audio/types.ts";
import { openFile } from "./file-source.ts";
import { collected, type LongSamples } from "./long-samples.ts";

/** Decodes a recording of up to an hour. Rejects with the `audio-*` problems of `readLong`. */
export async function readRecording(
  recording: Recording,
): Promise<{ samples: LongSamples; sourceRateHz: number }> {
  const { mediaType, channel } = recording;
  const opened = "path" in recording ? openFile(recording.path) : undefined;
  try {
    const file = opened ?? inMemory("bytes" in recording ? recording.bytes : new Uint8Array(0));
    const { blocks, sourceRateHz } = await readLong({ file, mediaType, channel });
    return { samples: collected(blocks), sourceRateHz };
  } finally {
    opened?.close();
  }
}
