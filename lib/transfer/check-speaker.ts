import { MOST_STORED_BYTES } from "../audio/features/fingerprint.ts";
import { isRecording } from "../domain/speaker/stored-clip.ts";
import type { Model } from "../ports/model.ts";
import { decodeFloat64, decodeInt32 } from "../score/scoring/codec.ts";
import { SCALE } from "../score/scoring/fixed-point.ts";
import { fromBase64 } from "./bytes.ts";
import type { AudioLine, SpeakerLine } from "./format.ts";
import { sumOfLine } from "./speaker-line.ts";

/**
 * Rounding each of 1,000 components changes the length by at most 1e-8; normalizing again in
 * float32 changes it by 1e-7.
 */
const LENGTH_TOLERANCE = 1e-4;

/** What the schema can't check in a speaker line: embeddings, repeated clips, the sum. */
export function speakerFault(line: SpeakerLine, { modelId, dimension }: Model): string | undefined {
  const sum = fromBase64(line.sum);
  if (!sum || sum.length === 0 || sum.length % 8 > 0)
    return `the sum of ${line.id} is not base64 of float64 values.`;
  const width = sum.length / 8;
  if (line.model === modelId && width !== dimension)
    return `the sum of ${line.id} has ${width} values; the model's embeddings have ${dimension}.`;
  const hashes = new Set<string>();
  for (const [i, { audioSha256, embedding, fingerprint }] of line.clips.entries()) {
    const fault = embeddingFault(embedding, width) ?? fingerprintFault(fingerprint);
    if (fault) return `clip ${i + 1} of ${line.id} ${fault}`;
    if (hashes.has(audioSha256)) return `clip ${i + 1} of ${line.id} repeats an earlier clip.`;
    hashes.add(audioSha256);
  }
  if (line.optedOut && line.clips.length > 0) return `${line.id} has opted out but has clips.`;
  const stated = decodeFloat64(sum);
  return sumOfLine(line).every((x, i) => Object.is(x, stated[i]))
    ? undefined
    : `the sum of ${line.id} is not the sum of its clips.`;
}

function embeddingFault(embedding: string, dimension: number): string | undefined {
  const bytes = fromBase64(embedding);
  if (!bytes) return "has an embedding that is not base64.";
  if (bytes.length !== 4 * dimension)
    return `has an embedding of ${bytes.length} bytes; ${dimension} Int32 values have ${4 * dimension}.`;
  const length = Math.hypot(...decodeInt32(bytes)) / SCALE;
  return Math.abs(length - 1) < LENGTH_TOLERANCE
    ? undefined
    : `has an embedding of length ${length.toPrecision(6)}; it must be 1, at scale 2^28.`;
}

function fingerprintFault(fingerprint: string | undefined): string | undefined {
  if (fingerprint === undefined) return undefined;
  const bytes = fromBase64(fingerprint);
  if (bytes && bytes.length <= MOST_STORED_BYTES) return undefined;
  return `has a fingerprint that is not base64 of at most ${MOST_STORED_BYTES} bytes.`;
}

/**
 * What is wrong with a recording, or undefined. Adds its sha256 to `seen`.
 *
 * speaker  the speaker line it must belong to
 * seen     sha256 of the recordings already read for that speaker
 */
export function audioFault(
  line: AudioLine,
  speaker: SpeakerLine | undefined,
  seen: Set<string>,
): string | undefined {
  const { speaker: id, audioSha256, data } = line;
  if (speaker?.id !== id) return `is a recording of ${id}, but does not follow that speaker's line.`;
  const isKnown =
    speaker.clips.some((clip) => clip.audioSha256 === audioSha256) ||
    speaker.consents?.some(({ evidence }) => evidence?.recording && evidence.sha256 === audioSha256);
  if (!isKnown) return `is a recording of ${id} that belongs to none of its clips and consents.`;
  if (seen.has(audioSha256)) return `repeats a recording of ${id}.`;
  seen.add(audioSha256);
  const bytes = fromBase64(data);
  if (!bytes) return `is a recording of ${id} that is not base64.`;
  return isRecording(bytes, audioSha256)
    ? undefined
    : `is a recording of ${id} that does not match its sha256.`;
}
