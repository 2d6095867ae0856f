/* Rows of docs/bad-input.md about containers and coded audio. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { big32, fullBox, mp4, mp4a, sampleEntry, silentFrame, tablesOf } from "../audio/mp4-writer.ts";
import { packetsOf } from "../audio/ogg-reader.ts";
import { oggPage } from "../audio/ogg-writer.ts";
import { block, track, webm } from "../audio/webm-writer.ts";
import { ascii, concat } from "../support/wav.ts";
import type { AudioRow } from "./audio-row.ts";

const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats", name)));
const half = (bytes: Uint8Array): Uint8Array => bytes.slice(0, bytes.length >> 1);
/** The file with other bytes in its middle. */
function damaged(name: string, from: number): Uint8Array {
  const bytes = golden(name);
  return bytes.fill(0xff, from, from + 300);
}
const silence = (count: number): Uint8Array[] => Array<Uint8Array>(count).fill(silentFrame);
const mp3 = golden("lame.mp3");
/** A silent frame of MPEG-1 at 32 kbit/s: 36 ms. */
const silentMp3 = concat(Uint8Array.of(0xff, 0xfb, 0x18, 0xc0), new Uint8Array(140));
const vorbis = packetsOf(golden("vorbis.ogg"));

function row(id: string, slug: AudioRow["slug"], name: string, bytes: Uint8Array, says?: string): AudioRow {
  const mediaType = "application/octet-stream";
  return { row: id, name, bytes, mediaType, slug, ...(says === undefined ? {} : { says }) };
}

const accepted: Readonly<Record<string, string>> = {
  MP3: "lame.mp3",
  "M4A with AAC": "android.3gp",
  "fragmented MP4 with AAC": "safari.mp4",
  "MP4 with Opus": "opus.mp4",
  "3GP with AMR": "amr.3gp",
  "AAC in ADTS": "stream.aac",
  "WebM with Vorbis": "vorbis.webm",
  "AMR-NB": "narrow.amr",
  "AMR-WB": "wide.awb",
  "CAF with Opus": "opus.caf",
};

export const containerRows: readonly AudioRow[] = [
  ...Object.entries(accepted).map(([name, file]) => row("A39", undefined, name, golden(file))),
  row(
    "A26",
    "audio-undecodable",
    "an MP3 with 70 kB of other bytes in it",
    concat(mp3, new Uint8Array(70_000), mp3),
  ),
  row("A26", "audio-undecodable", "half an MP3 frame", silentMp3.slice(0, 60)),
  row("A24", "audio-too-long", "122 s of MP3", concat(...Array<Uint8Array>(3400).fill(silentMp3))),
  row("A24", "audio-too-long", "121 s of AAC in an MP4", mp4(silence(1900))),
  row("A25", "audio-too-long", "an MP4 that lists 2^32 packets", lists(2 ** 32 - 1)),
  row("A40", "audio-truncated", "half an M4A", half(golden("iphone.m4a")), "moov"),
  row("A40", "audio-undecodable", "an MP4 that lists packets that it doesn't have", lists(1000), "stsz"),
  row("A40", "audio-undecodable", "an MP4 without sound", mp4([], { entry: new Uint8Array(0) })),
  row("A40", "audio-undecodable", "an M4A with damaged frames", damaged("iphone.m4a", 3000), "AAC"),
  row("A40", "audio-undecodable", "an AAC stream with damaged frames", damaged("stream.aac", 3000)),
  row(
    "A40",
    "audio-undecodable",
    "an AMR file with an invalid frame",
    concat(ascii("#!AMR\n"), new Uint8Array(40).fill(0xff)),
  ),
  row("A40", "audio-truncated", "half a CAF", half(golden("ima4.caf"))),
  row("A40", "audio-undecodable", "Vorbis without its setup header", ogg([vorbis[0], vorbis[1], vorbis[1]])),
  row(
    "A40",
    "audio-undecodable",
    "a WebM block whose packets don't fit",
    webm(track("A_OPUS"), block(0x02, Uint8Array.of(9, 255))),
  ),
  row(
    "A41",
    "audio-unsupported-codec",
    "HE-AAC",
    mp4(silence(3), { entry: mp4a(Uint8Array.of(0x2b, 0x92, 0x08, 0)) }),
    "HE-AAC",
  ),
  row(
    "A41",
    "audio-unsupported-codec",
    "Apple Lossless in an M4A",
    mp4(silence(3), { entry: sampleEntry("alac", []) }),
    "ALAC",
  ),
  row(
    "A41",
    "audio-unsupported-codec",
    "MP3 in Matroska",
    webm(track("A_MPEG/L3"), block(0, silentMp3)),
    "MPEG/L3",
  ),
  row(
    "A41",
    "audio-unsupported-layout",
    "AAC with 6 channels",
    mp4(silence(3), { entry: mp4a(Uint8Array.of(0x12, 0x30)) }),
    "6 channels",
  ),
  row(
    "A41",
    "audio-unsupported-container",
    "an edit list that joins parts",
    mp4(silence(9), { edits: twoParts() }),
    "edit list",
  ),
];

function lists(count: number): Uint8Array {
  const stsz = fullBox("stsz", [big32(0), big32(count)]);
  return mp4(silence(2), { tables: { ...tablesOf([4, 4], 28), stsz } });
}

function twoParts(): Uint8Array {
  const part = (from: number) => concat(big32(100), big32(from), big32(65_536));
  return fullBox("elst", [big32(2), part(0), part(4000)]);
}

function ogg(headers: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(0), ...others] = headers;
  return concat(oggPage([first], { flags: 2 }), oggPage(others, { sequence: 1, flags: 4 }));
}
