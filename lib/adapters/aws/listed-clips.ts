import type { Bandwidth } from "../../audio/types.ts";
import type { ListedClip } from "../../ports/speaker.ts";
import { byteReader, byteWriter, packHex, packId, shortSeconds, unpackHex, unpackId } from "./packing.ts";

const BANDWIDTHS: readonly (Bandwidth | undefined)[] = [undefined, "wide", "telephone"];
const DIGEST_BYTES = 32;
const ID_BYTES = 16;
// Flags in the first byte of a clip. Its lowest two bits are the index of the bandwidth.
const SHORT_ID = 4;
const SHORT_SECONDS = 8;
const NO_AUDIO = 16;

/**
 * Packs a speaker's list of clips in 52 bytes each: a byte of flags, 16 of the ID, 32 of the
 * digest, and 3 of the seconds in whole milliseconds. An ID or seconds without a short form are
 * stored in full.
 */
export function packClips(clips: readonly ListedClip[]): Uint8Array {
  const writer = byteWriter();
  for (const { clipId, audioSha256, speechSeconds, bandwidth, audioKept } of clips) {
    const id = packId(clipId.slice(4));
    const short = shortSeconds(speechSeconds);
    const digest = packHex(audioSha256);
    if (digest?.length !== DIGEST_BYTES) throw new RangeError(`${audioSha256} is not a sha256`);
    const forms =
      (id ? SHORT_ID : 0) + (short === undefined ? 0 : SHORT_SECONDS) + (audioKept === false ? NO_AUDIO : 0);
    writer.byte(BANDWIDTHS.indexOf(bandwidth) + forms);
    if (id) writer.raw(id);
    else writer.text(clipId.slice(4));
    writer.raw(digest);
    if (short === undefined) writer.float(speechSeconds);
    else writer.small(short);
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
    const speechSeconds = forms & SHORT_SECONDS ? reader.small() / 1000 : reader.float();
    const bandwidth = BANDWIDTHS[forms & 3];
    clips.push({
      ...{ clipId: `clp_${id}`, audioSha256, speechSeconds, ...(bandwidth ? { bandwidth } : {}) },
      ...(forms & NO_AUDIO ? { audioKept: false } : {}),
    });
  }
  return clips;
}
