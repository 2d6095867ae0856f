import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ascii, concat } from "../support/wav.ts";
import {
  AAC_LC,
  big16,
  big32,
  big64,
  box,
  fullBox,
  movieBox,
  mp4,
  mp4a,
  silentFrame,
  tablesOf,
} from "./mp4-writer.ts";
import { packetsOf } from "./ogg-reader.ts";
import { oggPage } from "./ogg-writer.ts";
import { block, track, webm } from "./webm-writer.ts";

const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats", name)));
const many = (count: number, part: Uint8Array): Uint8Array => Buffer.alloc(count * part.length, part);

/** Files in containers that are small and decode to a lot, or large and decode to nothing. */
export const containerBombs: Record<string, () => Uint8Array> = {
  "MP4 that lists 2^32 packets": () => listing(fullBox("stsz", [big32(0), big32(2 ** 32 - 1)])),
  "24 MB of MP4 with a table of 6 million sizes": () =>
    listing(fullBox("stsz", [big32(0), big32(6_000_000), new Uint8Array(24_000_000)])),
  "24 MB of MP4 with a table of 6 million chunks for two packets": () => {
    const tables = {
      ...tablesOf([4, 4], 28),
      stco: fullBox("stco", [big32(6_000_000), new Uint8Array(24_000_000)]),
    };
    return mp4([silentFrame, silentFrame], {
      tables: { ...tables, stsc: fullBox("stsc", [big32(1), big32(1), big32(0), big32(1)]) },
    });
  },
  "24 MB of MP4 in empty boxes": () => concat(mp4([]).subarray(0, 20), many(3_000_000, box("free", []))),
  "24 MB of MP4 in empty tracks": () =>
    concat(box("ftyp", []), box("moov", [many(3_000_000, box("trak", []))])),
  "24 MB of MP4 in boxes of boxes": () => nested(3_000_000),
  "24 MB of MP4 in empty fragments": () => fragments(box("moof", []), 3_000_000),
  "24 MB of MP4 in fragments without packets": () => fragments(fragment(0), 500_000),
  "MP4 with a run of 2^32 packets of no size": () => fragments(fragment(2 ** 32 - 1), 1),
  "24 MB of MP4 with an edit list of 2 million parts": () =>
    mp4([silentFrame], { edits: fullBox("elst", [big32(2_000_000), new Uint8Array(24_000_000)]) }),
  "24 MB of AAC in frames of one byte": () => many(3_000_000, adts(new Uint8Array(1))),
  "24 MB of bytes after one frame of AAC": () =>
    concat(many(2, adts(silentFrame)), many(12_000_000, ascii("\xff\xf0"))),
  "120 s of stereo AAC, damaged at its end": () => damagedAac(),
  "24 MB of AMR in frames without speech": () => concat(ascii("#!AMR\n"), many(24_000_000, ascii("\x7c"))),
  "CAF that lists 2^40 packets": () => caf(chunk("pakt", concat(big64(2 ** 40), new Uint8Array(16)))),
  "24 MB of CAF with a packet table of continued bytes": () =>
    caf(chunk("pakt", concat(big64(5000), new Uint8Array(16), many(12_000_000, ascii("\xff\xff"))))),
  "24 MB of CAF in empty chunks": () => concat(caf(), many(2_000_000, chunk("free", new Uint8Array(0)))),
  "24 MB of WebM in blocks of 256 empty packets": () =>
    webm(track("A_OPUS"), many(2_600_000, block(0x04, Uint8Array.of(255)))),
  "24 MB of WebM in empty elements": () => webm(track("A_OPUS"), many(12_000_000, Uint8Array.of(0xec, 0x80))),
  "24 MB of Vorbis in packets of one byte": () => vorbis(44_000),
};

function listing(stsz: Uint8Array): Uint8Array {
  return mp4([silentFrame, silentFrame], { tables: { ...tablesOf([4, 4], 28), stsz } });
}

/** Each box states that it contains the rest of the file. */
function nested(count: number): Uint8Array {
  const bytes = Buffer.alloc(count * 8);
  for (let i = 0; i < count; i++) {
    bytes.writeUInt32BE((count - i) * 8, i * 8);
    bytes.write("moov", i * 8 + 4, "latin1");
  }
  return bytes;
}

function fragment(count: number): Uint8Array {
  const run = fullBox("trun", [big32(count)]);
  return box("moof", [box("traf", [fullBox("tfhd", [big32(1)], 0x20000), run])]);
}

function fragments(one: Uint8Array, count: number): Uint8Array {
  const mvex = box("mvex", [fullBox("trex", [big32(1), big32(1), big32(1024), big32(0), big32(0)])]);
  return concat(box("ftyp", []), movieBox({ tables: tablesOf([], 0), mvex }), many(count, one));
}

function adts(content: Uint8Array): Uint8Array {
  const length = content.length + 7;
  return concat(Uint8Array.of(0xff, 0xf1, 0x60, 0x40, length >> 3, ((length & 7) << 5) | 31, 0xfc), content);
}

/** Real frames of music-like density, repeated. The last one ends early. */
function damagedAac(): Uint8Array {
  const file = golden("iphone.m4a");
  const at = Buffer.from(file).indexOf("mdat") + 4;
  const packets: Uint8Array[] = [];
  const sizes = Buffer.from(file).indexOf("stsz") + 4;
  const view = new DataView(file.buffer, file.byteOffset + sizes);
  let start = at;
  for (let i = 0; i < view.getUint32(8); i++) {
    const size = view.getUint32(12 + i * 4);
    packets.push(file.subarray(start, start + size));
    start += size;
  }
  const long = Array.from({ length: 5160 }, (_, i) => packets[5 + (i % 40)]);
  const config = Uint8Array.of(0x12, 0x10);
  return mp4([...long, packets[9].subarray(0, 20)], { entry: mp4a(config), rateHz: 44_100 });
}

const chunk = (type: string, content: Uint8Array): Uint8Array =>
  concat(ascii(type), big64(content.length), content);

function caf(...chunks: Uint8Array[]): Uint8Array {
  const rate = new Uint8Array(8);
  new DataView(rate.buffer).setFloat64(0, 16_000);
  const description = concat(rate, ascii("aac "), ...[0, 0, 1024, 1, 0].map(big32));
  const cookie = concat(
    Uint8Array.of(3, 25, 0, 0, 0, 4, 17, 0x40, 0x15),
    new Uint8Array(11),
    Uint8Array.of(5, 2),
    AAC_LC,
  );
  const head = concat(ascii("caff"), big16(1), big16(0));
  return concat(
    head,
    chunk("desc", description),
    chunk("kuki", cookie),
    ...chunks,
    chunk("data", new Uint8Array(4)),
  );
}

/** Pages of 255 packets of one byte, which are long blocks. */
function vorbis(pages: number): Uint8Array {
  const [identification, comments, setup, ...audio] = packetsOf(golden("vorbis.ogg"));
  const packets = Array<Uint8Array>(255).fill(audio[5].subarray(0, 1));
  const some = Array.from({ length: pages }, (_, i) =>
    oggPage(packets, { granule: BigInt(i) * 2n ** 40n, sequence: i + 2 }),
  );
  return Buffer.concat([
    oggPage([identification], { flags: 2 }),
    oggPage([comments, setup], { sequence: 1 }),
    ...some,
  ]);
}
