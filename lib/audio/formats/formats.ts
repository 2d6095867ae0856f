import type { ByteSource } from "../byte-source.ts";
import type { Limits } from "../limits.ts";
import type { Pcm } from "../types.ts";

export type AudioFormat = {
  /** As in messages and docs. */
  name: string;
  /**
   * Whether a file belongs to this decoder. `head`: its first 12 bytes or fewer, one character per
   * byte.
   */
  matches(head: string): boolean;
  /** The first is the one that messages and examples use. */
  mediaTypes: readonly [string, ...string[]];
  /** In lower case, with the dot. */
  extensions: readonly string[];
  /**
   * Loads the decoder on first use, so that a process that only gets WAV never loads the others.
   */
  decode(file: ByteSource, limits: Limits): Promise<Pcm>;
  /**
   * The length that the file states, in seconds. Decodes nothing. Throws the errors of `decode`
   * that its headers cause.
   */
  seconds(file: ByteSource, limits: Limits): Promise<number>;
};

/**
 * The formats that this service decodes. To add one, add an entry here and its decoder file to this
 * folder: the API's media types, the command line's folder scan and the messages follow. The same
 * table in docs/audio.md is checked by a test.
 */
export const FORMATS: readonly [AudioFormat, ...AudioFormat[]] = [
  {
    name: "WAV",
    // A file cut before its form type is a WAV too: that decoder reports what is missing.
    matches: (head) => head.startsWith("RIFF") && (head.length < 12 || head.slice(8) === "WAVE"),
    mediaTypes: ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"],
    extensions: [".wav"],
    decode: async (file, limits) => (await import("./wav.ts")).decodeWav(file, limits),
    seconds: async (file, limits) => (await import("./wav.ts")).wavSeconds(file, limits),
  },
  {
    name: "Ogg",
    matches: (head) => head.startsWith("OggS"),
    mediaTypes: ["audio/ogg", "audio/opus", "audio/vorbis"],
    extensions: [".ogg", ".oga", ".opus"],
    decode: async (file, limits) => (await import("./ogg-file.ts")).decodeOgg(file, limits),
    seconds: async (file, limits) => (await import("./ogg-file.ts")).oggSeconds(file, limits),
  },
  {
    name: "FLAC",
    matches: (head) => head.startsWith("fLaC"),
    mediaTypes: ["audio/flac", "audio/x-flac"],
    extensions: [".flac"],
    decode: async (file, limits) => (await import("./flac.ts")).decodeFlac(file, limits),
    seconds: async (file, limits) => (await import("./flac.ts")).flacSeconds(file, limits),
  },
  {
    name: "WebM",
    matches: (head) => head.startsWith("\x1a\x45\xdf\xa3"),
    mediaTypes: ["audio/webm", "video/webm", "audio/x-matroska"],
    extensions: [".webm", ".weba", ".mka", ".mkv"],
    decode: async (file, limits) => (await import("./container.ts")).decodeMatroska(file, limits),
    seconds: async (file, limits) => (await import("./container.ts")).matroskaSeconds(file, limits),
  },
  {
    name: "MP3",
    matches: isMp3,
    mediaTypes: ["audio/mpeg", "audio/mp3"],
    extensions: [".mp3"],
    decode: async (file, limits) => (await import("./mp3.ts")).decodeMp3(file, limits),
    seconds: async (file, limits) => (await import("./mp3.ts")).mp3Seconds(file, limits),
  },
  {
    name: "MP4",
    // QuickTime files may start with other boxes.
    matches: (head) => ["ftyp", "moov", "mdat", "wide"].includes(head.slice(4, 8)),
    mediaTypes: ["audio/mp4", "audio/x-m4a", "audio/m4a", "video/mp4", "audio/3gpp", "video/quicktime"],
    extensions: [".m4a", ".mp4", ".m4b", ".3gp", ".3g2", ".mov"],
    decode: async (file, limits) => (await import("./mp4.ts")).decodeMp4(file, limits),
    seconds: async (file, limits) => (await import("./mp4.ts")).mp4Seconds(file, limits),
  },
  {
    name: "AAC",
    matches: isAdts,
    mediaTypes: ["audio/aac", "audio/aacp", "audio/x-aac"],
    extensions: [".aac"],
    decode: async (file, limits) => (await import("./aac.ts")).decodeAdts(file, limits),
    seconds: async (file, limits) => (await import("./aac.ts")).adtsSeconds(file, limits),
  },
  {
    name: "AMR",
    matches: (head) => head.startsWith("#!AMR"),
    mediaTypes: ["audio/amr", "audio/amr-wb"],
    extensions: [".amr", ".awb"],
    decode: async (file, limits) => (await import("./amr.ts")).decodeAmr(file, limits),
    seconds: async (file, limits) => (await import("./amr.ts")).amrSeconds(file, limits),
  },
  {
    name: "CAF",
    matches: (head) => head.startsWith("caff"),
    mediaTypes: ["audio/x-caf"],
    extensions: [".caf"],
    decode: async (file, limits) => (await import("./caf.ts")).decodeCaf(file, limits),
    seconds: async (file, limits) => (await import("./caf.ts")).cafSeconds(file, limits),
  },
];

/** A layer III frame header without reserved values. ISO/IEC 11172-3, 2.4.2.3. */
function isMp3(head: string): boolean {
  const [sync = 0, layer = 0, rates = 0] = [...head.slice(0, 3)].map((one) => one.charCodeAt(0));
  const version = (layer >> 3) & 3;
  return (
    sync === 0xff && (layer & 0xe6) === 0xe2 && version !== 1 && rates >> 4 !== 15 && ((rates >> 2) & 3) !== 3
  );
}

/** A syncword and layer 0, which no layer of MPEG audio has. ISO/IEC 14496-3, table 1.A.6. */
function isAdts(head: string): boolean {
  return head.charCodeAt(0) === 0xff && (head.charCodeAt(1) & 0xf6) === 0xf0;
}

/** Types that say little about the content: any audio or video, an Ogg file, any bytes. */
const GENERIC_TYPES = ["audio/*", "video/*", "application/ogg", "application/octet-stream"] as const;

/** For the API's description: the types of the table, then those that accept any of them. */
export const acceptedMediaTypes: readonly string[] = [
  ...new Set([...FORMATS.flatMap(({ mediaTypes }) => mediaTypes), ...GENERIC_TYPES]),
];

/**
 * Whether a file sent as this type is read at all. The bytes decide what it is, because recorders
 * and browsers use dozens of names for the same formats.
 *
 * type  in lower case, without parameters
 */
export const isAudioType = (type: string): boolean =>
  /^(audio|video)\/[\w.+-]+$/.test(type) || (GENERIC_TYPES as readonly string[]).includes(type);

/** File name extensions in lower case, with the dot. */
export const audioExtensions: readonly string[] = FORMATS.flatMap(({ extensions }) => extensions);

/** For messages: "WAV, Ogg, or FLAC". */
export const formatNames = new Intl.ListFormat("en", { type: "disjunction" }).format(
  FORMATS.map(({ name }) => name),
);
