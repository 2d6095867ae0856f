import { AppError } from "../../../error.ts";
import type { ByteSource } from "../../byte-source.ts";
import { type Limits, truncated, undecodable } from "../../limits.ts";
import { latin1 } from "../bytes.ts";
import { howToConvert } from "../convert.ts";
import type { Place } from "../places.ts";
import { type Box, boxesIn, child, descendant, fields, table } from "./boxes.ts";
import { defaultSize, fragmentPackets } from "./fragments.ts";
import { type Codec, readCodec } from "./sample-entry.ts";
import { listedPackets } from "./sample-table.ts";

/** The first audio track of an MP4, M4A, 3GP or QuickTime file. */
export type Movie = {
  codec: Codec;
  /**
   * Returns where the packets are, in order. checkCount: throws if a track with this many packets
   * is too long.
   */
  packets(checkCount: (count: number) => void): Place[];
  /** Which part of the track is played, in seconds. Undefined: all of it. */
  edit: { start: number; seconds: number | undefined } | undefined;
};

/**
 * Reads the boxes of a file. ISO/IEC 14496-12. Fragmented files, which browsers record, list their
 * packets in `moof` boxes.
 *
 * Throws `audio-undecodable`, `audio-truncated` for a file without its `moov` box, and
 * `audio-unsupported-container` for an edit list that joins several parts.
 */
export function readMovie(file: ByteSource, limits: Limits): Movie {
  const movie = firstBox(topLevel(file, limits), "moov");
  if (!movie)
    throw truncated("The MP4 file has no `moov` box, which recorders write at the end. Send the whole file.");
  const track = audioTrack(file, movie);
  const tables = track && descendant(file, track, ["mdia", "minf", "stbl"]);
  const description = tables && child(file, tables, "stsd");
  if (!tables || !description) throw undecodable("The MP4 file has no audio track. Send a file with sound.");
  return {
    codec: readCodec(file, description),
    packets: (checkCount) => [
      ...listedPackets(file, tables, checkCount),
      ...packetsInFragments(file, movie, { id: trackId(file, track), limits, checkCount }),
    ],
    edit: readEdit(file, movie, track),
  };
}

/** Fragments of 20 ms have 100 boxes a second. */
const BOXES_PER_SECOND = 100;
const OTHER_BOXES = 2000;

const topLevel = (file: ByteSource, { maxSeconds }: Limits): Generator<Box> =>
  boxesIn(file, 0, file.size, maxSeconds * BOXES_PER_SECOND + OTHER_BOXES);

function firstBox(boxes: Iterable<Box>, type: string): Box | undefined {
  for (const box of boxes) if (box.type === type) return box;
  return undefined;
}

function audioTrack(file: ByteSource, movie: Box): Box | undefined {
  for (const box of boxesIn(file, movie.start, movie.end)) {
    const handler = box.type === "trak" ? descendant(file, box, ["mdia", "hdlr"]) : undefined;
    if (handler && latin1(file.read(handler.start, 12), 8, 12) === "soun") return box;
  }
  return undefined;
}

/** A version of 1 widens the times before a field from 4 to 8 bytes. */
const isWide = (view: DataView): boolean => view.getUint8(0) === 1;

function trackId(file: ByteSource, track: Box): number {
  const box = child(file, track, "tkhd");
  const view = box && fields(file, box, 24);
  return view ? view.getUint32(isWide(view) ? 20 : 12) : 0;
}

function packetsInFragments(
  file: ByteSource,
  movie: Box,
  { id, limits, checkCount }: { id: number; limits: Limits; checkCount: (count: number) => void },
): Place[] {
  const places: Place[] = [];
  if (!child(file, movie, "mvex")) return places;
  const track = { id, size: defaultSize(file, movie, id) };
  for (const box of topLevel(file, limits)) {
    if (box.type !== "moof") continue;
    for (const place of fragmentPackets(file, box, track)) {
      places.push(place);
      checkCount(places.length);
    }
  }
  return places;
}

/** Reads the edit list, by which encoders leave out their delay. 8.6.6. */
function readEdit(file: ByteSource, movie: Box, track: Box): Movie["edit"] {
  const box = descendant(file, track, ["edts", "elst"]);
  const times = [
    timescale(file, child(file, movie, "mvhd")),
    timescale(file, descendant(file, track, ["mdia", "mdhd"])),
  ];
  const [movieScale, mediaScale] = times;
  if (!box || !movieScale || !mediaScale) return undefined;
  const head = fields(file, box, 8);
  const [wide, count] = [isWide(head), head.getUint32(4)];
  const size = wide ? 20 : 12;
  const view = table(file, box, { skip: 8, count: Math.min(count, MAX_EDITS), size });
  const edits = Array.from({ length: Math.min(count, MAX_EDITS) }, (_, i) => ({
    seconds: number(view, i * size, wide) / movieScale,
    start: number(view, i * size + (wide ? 8 : 4), wide) / mediaScale,
  })).filter(({ start }) => start >= 0);
  if (edits.length > 1 || count > MAX_EDITS) {
    throw new AppError(
      "audio-unsupported-container",
      `The MP4 file joins several parts of its track by an edit list, which isn't supported. ${howToConvert(".m4a")}`,
    );
  }
  const [edit] = edits;
  return edit && { start: edit.start, seconds: edit.seconds > 0 ? edit.seconds : undefined };
}

/** One for a pause before the sound, one for the sound, and one more to refuse. */
const MAX_EDITS = 3;

/** Signed: an edit that starts at -1 is a pause. */
const number = (view: DataView, at: number, wide: boolean): number =>
  wide ? view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4) : view.getInt32(at);

/** Units per second of a movie's or track's header. */
function timescale(file: ByteSource, box: Box | undefined): number | undefined {
  const view = box && fields(file, box, 20);
  if (!view) return undefined;
  return isWide(view) ? fields(file, box, 24).getUint32(20) : view.getUint32(12);
}
