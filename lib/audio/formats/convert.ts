/**
 * Returns the sentence that tells how to convert a file. It keeps the rate and the channels: a
 * telephone recording stays one, and the two sides of a call aren't mixed.
 *
 * extension  of the file in the example, with the dot
 */
export const howToConvert = (extension: string): string =>
  `Convert it to WAV: \`ffmpeg -i clip${extension} ${extension === ".wav" ? "converted" : "clip"}.wav\`.`;
