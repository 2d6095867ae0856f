/** A number whose leading zeros state its length in bytes. RFC 8794, section 4. */
export function variable(bytes: Uint8Array, at: number, most: number, keepMarker: boolean) {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || length > most || at + length > bytes.length) return undefined;
  let value = keepMarker ? first : first & (255 >> length);
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i];
  return { value, length };
}
