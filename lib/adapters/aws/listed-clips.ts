import type { Bandwidth } from "../../audio/types.ts";
import type { ListedClip } from "../../ports/speaker.ts";
import { byteReader, byteWriter, packHex, packId, unpackHex, unpackId } from "./packing.ts";

const BANDWIDTHS: readonly (Bandwidth | undefined)[] = [undefined, "wide", "telephone"];
const DIGEST_BYTES = 32;
const ID_BYTES = 16;
// What stands in a clip's first byte, beside the index of its bandwidth (two bits).
const SHORT_ID = 4;
const SHORT_SECONDS = 8;
const NO_AUDIO = 16;

/**
 * A speaker's list of clips, 52 bytes each: a byte that says which forms follow, the id's 16 bytes, the digest's 32, and the
 * seconds in whole milliseconds (3 bytes). An id or seconds that have no short form take their long one.
 */
export function packClips(clips: readonly ListedClip[]): Uint8Array {
  const writer = byteWriter();
  for (const { clipId, audioSha256, speechSeconds, bandwidth, audioKept } of clips) {
    const id = packId(clipId.slice(4));
    const milliseconds = Math.round(speechSeconds * 1000);
    const short = milliseconds / 1000 === speechSeconds && milliseconds >= 0 && milliseconds < 2 ** 24;
    const digest = packHex(audioSha256);
    if (digest?.length !== DIGEST_BYTES) throw new RangeError(`no sha256: ${audioSha256}`);
    const forms = (id ? SHORT_ID : 0) + (short ? SHORT_SECONDS : 0) + (audioKept === false ? NO_AUDIO : 0);
    writer.byte(BANDWIDTHS.indexOf(bandwidth) + forms);
    if (id) writer.raw(id);
    else writer.text(clipId.slice(4));
    writer.raw(digest);
    if (short) writer.raw(Uint8Array.of(milliseconds & 255, (milliseconds >> 8) & 255, milliseconds >> 16));
    else writer.float(speechSeconds);
  }
  return writer.done();
}

export function unpackClips(bytes: Uint8Array): ListedClip[] {
  const reader = byteReader(bytes);
  const clips: ListedClip[] = [];
  while (!reader.ended) {
    const forms = reader.byte();
    const id = forms & SHORT_ID ? unpackId(reader.raw(ID_BYTES)) : reader.text();
    const audioSha256 = unpackHex(reader.raw(DIGEST_BYTES));
    const speechSeconds = forms & SHORT_SECONDS ? milliseconds(reader.raw(3)) / 1000 : reader.float();
    const bandwidth = BANDWIDTHS[forms & 3];
    clips.push({
      ...{ clipId: `clp_${id}`, audioSha256, speechSeconds, ...(bandwidth ? { bandwidth } : {}) },
      ...(forms & NO_AUDIO ? { audioKept: false } : {}),
    });
  }
  return clips;
}

const milliseconds = ([low, middle, high]: Uint8Array): number => low + 256 * middle + 65536 * high;
