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
  decode(bytes: Uint8Array): Promise<Pcm>;
};

/**
 * The formats that this service decodes. To add one, add an entry here and its decoder file to this
 * folder: the API's media types, the command line's folder scan and the messages follow. The same
 * table in docs/api.md is checked by a test.
 */
export const FORMATS: readonly [AudioFormat, ...AudioFormat[]] = [
  {
    name: "WAV",
    // A file cut before its form type is a WAV too: that decoder reports what is missing.
    matches: (head) => head.startsWith("RIFF") && (head.length < 12 || head.slice(8) === "WAVE"),
    mediaTypes: ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"],
    extensions: [".wav"],
    decode: async (bytes) => (await import("./wav.ts")).decodeWav(bytes),
  },
  {
    name: "Ogg/Opus",
    matches: (head) => head.startsWith("OggS"),
    mediaTypes: ["audio/ogg", "application/ogg", "audio/opus"],
    extensions: [".ogg", ".oga", ".opus"],
    decode: async (bytes) => (await import("./opus.ts")).decodeOpus(bytes),
  },
  {
    name: "FLAC",
    matches: (head) => head.startsWith("fLaC"),
    mediaTypes: ["audio/flac", "audio/x-flac"],
    extensions: [".flac"],
    decode: async (bytes) => (await import("./flac.ts")).decodeFlac(bytes),
  },
];

/**
 * In the order of the table, then application/octet-stream, which says nothing about the format.
 */
export const acceptedMediaTypes: readonly string[] = [
  ...FORMATS.flatMap(({ mediaTypes }) => mediaTypes),
  "application/octet-stream",
];

/** File name extensions in lower case, with the dot. */
export const audioExtensions: readonly string[] = FORMATS.flatMap(({ extensions }) => extensions);

/** For messages: "WAV, Ogg/Opus, or FLAC". */
export const formatNames = alternatives(FORMATS.map(({ name }) => name));
/** For messages: the preferred media type of each format. */
export const preferredMediaTypes = alternatives(FORMATS.map(({ mediaTypes }) => mediaTypes[0]));

function alternatives(items: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(items);
}
