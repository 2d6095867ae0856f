import { BASE32, base32 } from "../../id.ts";

/*
 * Small values as bytes. An item is billed by the kilobyte, and a speaker lists up to 50 clips: what has a short form (ids of
 * 16 bytes, hexadecimal digests, times of a whole millisecond) takes it, anything else its text. Each value says which.
 */

const ID_BYTES = 16;
const ID_TEXT = 26;

/** Bytes written one after the other. */
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
    /** At most 255 bytes. */
    text(value: string) {
      const bytes = Buffer.from(value);
      if (bytes.length > 255) throw new RangeError(`a text of ${bytes.length} bytes`);
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
      if (at + length > bytes.length) throw new RangeError(`${bytes.length} bytes end too early`);
      at += length;
      return bytes.subarray(at - length, at);
    },
    byte: () => reader.raw(1)[0],
    float() {
      reader.raw(8);
      return view.getFloat64(at - 8, true);
    },
    text: () => Buffer.from(reader.raw(reader.byte())).toString(),
  };
  return reader;
}

/** The 16 bytes of an id's part behind the `_`; undefined for one that was not made of 16 bytes. */
export function packId(text: string): Uint8Array | undefined {
  if (text.length !== ID_TEXT) return undefined;
  const bytes = new Uint8Array(ID_BYTES);
  let [buffer, bits, at] = [0, 0, 0];
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

/** Undefined for anything but lower-case hexadecimal digits of whole bytes. */
export const packHex = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2})+$/.test(text) ? new Uint8Array(Buffer.from(text, "hex")) : undefined;

export const unpackHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A text that may have a short form: bytes if it has, else the text itself. */
export const shortHex = (text: string): Uint8Array | string => packHex(text) ?? text;

/** A time as `toISOString` writes it -> its millisecond; any other text as it is. */
export function shortTime(text: string): number | string {
  const time = Date.parse(text);
  return Number.isFinite(time) && new Date(time).toISOString() === text ? time : text;
}

export const timeOf = (value: number | string): string =>
  typeof value === "number" ? new Date(value).toISOString() : value;
