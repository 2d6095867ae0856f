import { BASE32, base32 } from "../../id.ts";

/**
 * Packs small values into bytes, because items are billed by the kilobyte and a speaker lists up to
 * 50 clips. IDs of 16 bytes, hexadecimal digests and times of a whole millisecond have a short
 * form. Other values are stored as text. Each value shows which form it has.
 */

const ID_BYTES = 16;
const ID_TEXT = 26;

/** Collects bytes. */
export function byteWriter() {
  const parts: Uint8Array[] = [];
  const writer = {
    raw: (bytes: Uint8Array) => parts.push(bytes),
    byte: (value: number) => parts.push(Uint8Array.of(value)),
    /** Exactly, in 8 bytes. */
    float(value: number) {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value, true);
      parts.push(new Uint8Array(view.buffer));
    },
    /** A whole number from 0 to 2^24 - 1, in 3 bytes. */
    small: (value: number) => parts.push(Uint8Array.of(value & 255, (value >> 8) & 255, (value >> 16) & 255)),
    /** At most 255 bytes. */
    text(value: string) {
      const bytes = Buffer.from(value);
      if (bytes.length > 255) throw new RangeError(`the text has ${bytes.length} bytes, more than 255`);
      parts.push(Uint8Array.of(bytes.length), bytes);
    },
    done: () => new Uint8Array(Buffer.concat(parts)),
  };
  return writer;
}

export function byteReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const reader = {
    get ended() {
      return at >= bytes.length;
    },
    raw(length: number) {
      if (at + length > bytes.length) throw new RangeError(`the value ends before byte ${at + length}`);
      at += length;
      return bytes.subarray(at - length, at);
    },
    byte: () => {
      reader.raw(1);
      return view.getUint8(at - 1);
    },
    float() {
      reader.raw(8);
      return view.getFloat64(at - 8, true);
    },
    small() {
      const [low = 0, middle = 0, high = 0] = reader.raw(3);
      return low + 256 * middle + 65536 * high;
    },
    text: () => Buffer.from(reader.raw(reader.byte())).toString(),
  };
  return reader;
}

/**
 * Returns the 16 bytes of the part of an ID after the `_`. Undefined if it wasn't made from 16
 * bytes.
 */
export function packId(text: string): Uint8Array | undefined {
  if (text.length !== ID_TEXT) return undefined;
  const bytes = new Uint8Array(ID_BYTES);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = BASE32.indexOf(letter);
    if (value < 0) return undefined;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8 || at === ID_BYTES) continue;
    bits -= 8;
    bytes[at++] = buffer >> bits;
  }
  return base32(bytes) === text ? bytes : undefined;
}

export const unpackId = (bytes: Uint8Array): string => base32(bytes);

/** Undefined unless the text is lower-case hexadecimal digits of whole bytes. */
export const packHex = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2})+$/.test(text) ? new Uint8Array(Buffer.from(text, "hex")) : undefined;

export const unpackHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Returns the bytes of hexadecimal text, or any other text unchanged. */
export const shortHex = (text: string): Uint8Array | string => packHex(text) ?? text;

/**
 * Returns the millisecond of a time in the format of `toISOString`, or any other text unchanged.
 */
export function shortTime(text: string): number | string {
  const time = Date.parse(text);
  return Number.isFinite(time) && new Date(time).toISOString() === text ? time : text;
}

export const timeOf = (value: number | string): string =>
  typeof value === "number" ? new Date(value).toISOString() : value;

/** Whole milliseconds that have the short form of `small`; undefined if the seconds have none. */
export function shortSeconds(seconds: number): number | undefined {
  const milliseconds = Math.round(seconds * 1000);
  return milliseconds / 1000 === seconds && milliseconds >= 0 && milliseconds < 2 ** 24
    ? milliseconds
    : undefined;
}
