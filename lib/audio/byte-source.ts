/** Random access to the bytes of a file, in memory or on disk: decoders never hold a whole file. */
export type ByteSource = {
  /** Bytes. */
  size: number;
  /**
   * Returns bytes [at, at + length), fewer if the file ends before. They stay valid. Throws the
   * file system's errors.
   */
  read(at: number, length: number): Uint8Array;
};

export const inMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (at, length) => bytes.subarray(at, at + length),
});

/** Returns the bytes [from, to) of a source as a source. 0 <= from <= to <= its size. */
export const part = (source: ByteSource, from: number, to: number): ByteSource => ({
  size: to - from,
  read: (at, length) => source.read(from + at, Math.max(0, Math.min(length, to - from - at))),
});
