import type { ByteSource } from "../byte-source.ts";
import type { Limits } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { decodeOpus, opusSeconds } from "./opus.ts";
import { decodeOggVorbis, isVorbis, oggVorbisSeconds } from "./vorbis.ts";

/** Decodes an Ogg file, whose first packet says whether it is Opus or Vorbis. */
export const decodeOgg = (file: ByteSource, limits: Limits): Promise<Pcm> =>
  (isVorbis(file) ? decodeOggVorbis : decodeOpus)(file, limits);

export const oggSeconds = (file: ByteSource, limits: Limits): number =>
  (isVorbis(file) ? oggVorbisSeconds : opusSeconds)(file, limits);
