import { type ByteSource, inMemory } from "../../audio/byte-source.ts";
import { decodeFile } from "../../audio/formats/decode.ts";
import { CLIP, LONG } from "../../audio/limits.ts";
import { toMono16k } from "../../audio/mono.ts";
import { monoBlocks } from "../../audio/read-long.ts";
import { segmentOf } from "../../audio/segment.ts";
import type { ClipInput, Piece, Recording } from "../../audio/types.ts";
import { writeWav } from "../../audio/write-wav.ts";
import { AppError } from "../../error.ts";
import type { LoadedNetworks } from "./embed-clip.ts";
import { openFile } from "./file-source.ts";
import { findSpeech } from "./find-speech.ts";

/** Processor time that finding a part may take: the end of an hour of FLAC or MP3 takes less. */
const MOST_CPU_MS = 15_000;
/** A request has 30 s, of which the clip's embedding needs a few. */
const MOST_MS = 25_000;

/**
 * Cuts a clip out of a recording: see `Embedder.cut`. Reads it in blocks, so that a long recording
 * is never in memory as a whole.
 */
export async function cutClip(
  networks: LoadedNetworks,
  recording: Recording,
  piece: Piece | undefined,
): Promise<ClipInput> {
  const opened = "path" in recording ? openFile(recording.path) : undefined;
  try {
    const file = opened ?? inMemory("bytes" in recording ? recording.bytes : new Uint8Array(0));
    const samples = await samplesOf(networks, file, recording, piece);
    return { bytes: writeWav(samples), mediaType: "audio/wav" };
  } finally {
    opened?.close();
  }
}

async function samplesOf(
  networks: LoadedNetworks,
  file: ByteSource,
  { mediaType, channel }: Pick<Recording, "mediaType" | "channel">,
  piece: Piece | undefined,
): Promise<Float32Array> {
  const decoded = () => decodeFile(file, mediaType, piece ? LONG : CLIP);
  if (!piece) return toMono16k(await decoded(), channel);
  const onTime = timeLimit();
  const segment =
    "segment" in piece
      ? piece.segment
      : await findSpeech(
          networks,
          each(monoBlocks(await decoded(), channel), onTime),
          piece.firstSpeechSeconds,
        );
  return toMono16k(segmentOf(await decoded(), segment, onTime), channel);
}

function* each<T>(items: Iterable<T>, onItem: () => void): Generator<T> {
  for (const item of items) {
    onItem();
    yield item;
  }
}

/** The thread can't be interrupted, so a long search ends itself. */
function timeLimit(): () => void {
  const [start, used] = [performance.now(), cpuMs()];
  return () => {
    if (cpuMs() - used > MOST_CPU_MS)
      throw new AppError(
        "audio-too-long",
        `Finding this part of the recording takes longer than ${MOST_CPU_MS / 1000} s. Cut the file, or convert it ` +
          "to WAV, in which any part is found immediately.",
      );
    if (performance.now() - start > MOST_MS)
      throw new AppError(
        "deadline-exceeded",
        "The service was too busy to find this part of the recording in time. Try again.",
        { retryAfterSeconds: 5 },
      );
  };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
