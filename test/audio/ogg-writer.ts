import { crc32Ogg } from "../../lib/audio/formats/crc.ts";
import { ascii, concat, uint16, uint32 } from "../support/wav.ts";

type PageOptions = { flags?: number; granule?: bigint; serial?: number; sequence?: number };

/** Returns one page with whole packets, or with the given `lacing`. Its checksum is correct. */
export function oggPage(
  packets: readonly Uint8Array[],
  options: PageOptions = {},
  lacing?: readonly number[],
) {
  const { flags = 0, granule = 0n, serial = 7, sequence = 0 } = options;
  const sizes =
    lacing ?? packets.flatMap((p) => [...Array(Math.floor(p.length / 255)).fill(255), p.length % 255]);
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigInt64(0, granule, true);
  const page = concat(
    ascii("OggS"),
    Uint8Array.of(0, flags),
    time,
    uint32(serial),
    uint32(sequence),
    uint32(0),
    Uint8Array.of(sizes.length, ...sizes),
    ...packets,
  );
  page.set(uint32(crc32Ogg(page, 0, page.length, 22)), 22);
  return page;
}

export function opusHead(channels = 1, preSkip = 312, gain = 0, family = 0): Uint8Array {
  const numbers = concat(uint16(preSkip), uint32(16_000), uint16(gain));
  return concat(ascii("OpusHead"), Uint8Array.of(1, channels), numbers, Uint8Array.of(family));
}

export const opusTags = concat(ascii("OpusTags"), uint32(0), uint32(0));

/**
 * Returns an Ogg/Opus file: head, tags, then `perPage` packets per page. `samples`: per packet at
 * 48 kHz.
 */
export function oggOpus(
  packets: readonly Uint8Array[],
  samples: number,
  head = opusHead(),
  endGranule?: bigint,
  perPage = 50,
): Uint8Array {
  const pages = [
    oggPage([head], { flags: 2 }),
    oggPage([opusTags], { sequence: 1, flags: packets.length ? 0 : 4 }),
  ];
  for (let i = 0; i < packets.length; i += perPage) {
    const some = packets.slice(i, i + perPage);
    const last = i + perPage >= packets.length;
    const granule = last && endGranule !== undefined ? endGranule : BigInt((i + some.length) * samples);
    pages.push(oggPage(some, { flags: last ? 4 : 0, granule, sequence: pages.length }));
  }
  return concat(...pages);
}

/** 120 ms of silence in two bytes: six 20 ms frames of no bytes. */
export const silence120 = Uint8Array.of((31 << 3) | 3, 6);
