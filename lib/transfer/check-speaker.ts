import { isRecording } from "../domain/speaker/stored-clip.ts";
import type { Model } from "../ports/model.ts";
import { decodeFloat64, decodeInt32 } from "../score/scoring/codec.ts";
import { SCALE } from "../score/scoring/fixed-point.ts";
import { fromBase64 } from "./bytes.ts";
import type { AudioLine, SpeakerLine } from "./format.ts";
import { sumOfLine } from "./speaker-line.ts";

/** Rounding each of 1,000 components moves the length by 1e-8 at most; another normalization by float32's 1e-7. */
const LENGTH_TOLERANCE = 1e-4;

/** What no schema sees in a speaker's line: wrong vectors, a clip twice, a sum that is not its clips'. */
export function speakerFault(line: SpeakerLine, { modelId, dimension }: Model): string | undefined {
  const sum = fromBase64(line.sum);
  if (!sum || sum.length === 0 || sum.length % 8 > 0)
    return `the sum of ${line.id} is no base64 of float64 values.`;
  const width = sum.length / 8;
  if (line.model === modelId && width !== dimension)
    return `the sum of ${line.id} has ${width} values; the model has ${dimension}.`;
  const hashes = new Set<string>();
  for (const [i, { audioSha256, embedding }] of line.clips.entries()) {
    const why = vectorFault(embedding, width);
    if (why) return `clip ${i + 1} of ${line.id} ${why}`;
    if (hashes.size === hashes.add(audioSha256).size) return `clip ${i + 1} of ${line.id} is there twice.`;
  }
  if (line.optedOut && line.clips.length > 0) return `${line.id} has opted out and has clips.`;
  const stated = decodeFloat64(sum);
  return sumOfLine(line).every((x, i) => Object.is(x, stated[i]))
    ? undefined
    : `the sum of ${line.id} is not the sum of its clips.`;
}

function vectorFault(embedding: string, dimension: number): string | undefined {
  const bytes = fromBase64(embedding);
  if (!bytes) return "has an embedding that is no base64.";
  if (bytes.length !== 4 * dimension)
    return `has an embedding of ${bytes.length} bytes; ${dimension} Int32 values have ${4 * dimension}.`;
  const length = Math.hypot(...decodeInt32(bytes)) / SCALE;
  return Math.abs(length - 1) < LENGTH_TOLERANCE
    ? undefined
    : `has an embedding of length ${length.toPrecision(6)}; it must be 1, at scale 2^28.`;
}

/** `before`: the speaker's line; `heard`: which of its recordings came already. */
export function audioFault(
  line: AudioLine,
  before: SpeakerLine | undefined,
  seenAudio: Set<string>,
): string | undefined {
  const { speaker, audioSha256, data } = line;
  if (before?.id !== speaker) return `is a recording of ${speaker}, whose line does not stand before it.`;
  if (!before.clips.some((clip) => clip.audioSha256 === audioSha256))
    return `is a recording of no clip of ${speaker}.`;
  if (seenAudio.size === seenAudio.add(audioSha256).size)
    return `is a recording of ${speaker} that came already.`;
  const bytes = fromBase64(data);
  if (!bytes) return `is a recording of ${speaker} that is no base64.`;
  return isRecording(bytes, audioSha256)
    ? undefined
    : `is a recording of ${speaker} with another sha256 than is stated.`;
}
