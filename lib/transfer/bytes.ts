/** Base64 of the standard alphabet with its padding -> bytes; undefined for anything else. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  // Node skips what is not in the alphabet; then the text does not come back.
  return bytes.toString("base64") === text ? bytes : undefined;
}

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
