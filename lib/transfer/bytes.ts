/** Decodes padded base64 of the standard alphabet; undefined for anything else. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  // Node skips characters outside the alphabet, so only a valid text encodes back to itself.
  return bytes.toString("base64") === text ? bytes : undefined;
}

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
