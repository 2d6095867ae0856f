import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits, tooLong, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { readAacConfig } from "./aac/config.ts";
import { FRAME_SAMPLES } from "./aac/decoder.ts";
import { aacPcm } from "./aac/pcm.ts";
import { IMA4, ima4Decoder } from "./adpcm.ts";
import { type CafLayout, readCaf, unsupportedCaf } from "./caf-format.ts";
import { readPackets } from "./caf-packets.ts";
import { readDescriptors } from "./mp4/sample-entry.ts";
import type { Opened } from "./opened.ts";
import { decodeOpusTrack, opusTrackSeconds } from "./opus.ts";
import { opusHeadFor } from "./opus-head.ts";
import { deinterleave, lawReader, numberReader, type Read } from "./pcm-samples.ts";
import { packetsAt } from "./places.ts";

/** Packets of IMA 4:1 that are decoded in one go. */
const BATCH = 256;
const OPUS_PACKETS_PER_SECOND = 400;

/**
 * Decodes CAF files, which Apple's recorders write: PCM, A-law, mu-law, IMA 4:1, AAC-LC and Opus.
 *
 * Throws `audio-undecodable`, `audio-truncated`, `audio-too-long` and the `audio-unsupported-*`
 * slugs.
 */
export const decodeCaf = async (file: ByteSource, limits: Limits): Promise<Pcm> =>
  open(file, limits).decode();

export const cafSeconds = (file: ByteSource, limits: Limits): number => open(file, limits).seconds();

function open(file: ByteSource, limits: Limits): Opened {
  const caf = readCaf(file);
  if (caf.format === "lpcm" || caf.format === "ulaw" || caf.format === "alaw")
    return openPcm(file, caf, limits);
  if (caf.format === "ima4") return openIma4(file, caf, limits);
  if (caf.format === "aac ") return openAac(file, caf, limits);
  if (caf.format === "opus") return openOpus(file, caf, limits);
  throw unsupportedCaf(caf.format);
}

function openPcm(file: ByteSource, caf: CafLayout, limits: Limits): Opened {
  const { sampleRateHz, channels, data, format } = caf;
  const bits = format === "lpcm" ? caf.bits : 8;
  const read = format === "lpcm" ? numberReader(caf) : undefined;
  const blockBytes = (channels * bits) / 8;
  const frames = Math.floor((data.end - data.start) / blockBytes);
  checkDuration(frames, sampleRateHz, channels, limits);
  const blocks = (reader: Read) =>
    deinterleave(file, { channels, frames, dataOffset: data.start, blockBytes, bits }, reader);
  return {
    seconds: () => frames / sampleRateHz,
    decode: async () => ({
      sampleRateHz,
      channels,
      blocks: blocks(read ?? (await lawReader(format === "alaw" ? "a-law" : "mu-law"))),
    }),
  };
}

function openIma4(file: ByteSource, { sampleRateHz, channels, data }: CafLayout, limits: Limits): Opened {
  const packetBytes = IMA4.bytes * channels;
  const packets = Math.floor((data.end - data.start) / packetBytes);
  checkDuration(packets * IMA4.samples, sampleRateHz, channels, limits);
  function* blocks(): Generator<Float32Array[]> {
    const decode = ima4Decoder(channels);
    const planes = Array.from({ length: channels }, () => new Float32Array(BATCH * IMA4.samples));
    for (let done = 0; done < packets; done += BATCH) {
      const count = Math.min(BATCH, packets - done);
      const bytes = file.read(data.start + done * packetBytes, count * packetBytes);
      for (let i = 0; i < count; i++) {
        const packet = bytes.subarray(i * packetBytes, (i + 1) * packetBytes);
        decode(
          packet,
          planes.map((plane) => plane.subarray(i * IMA4.samples)),
        );
      }
      yield planes.map((plane) => plane.subarray(0, count * IMA4.samples));
    }
  }
  return {
    seconds: () => (packets * IMA4.samples) / sampleRateHz,
    decode: async () => ({ sampleRateHz, channels, blocks: blocks() }),
  };
}

function openAac(file: ByteSource, caf: CafLayout, limits: Limits): Opened {
  if (!caf.cookie) throw undecodable("The CAF file has no header for its AAC. Send an intact file.");
  const config = readAacConfig(readDescriptors(caf.cookie).config);
  const { sampleRateHz, channels } = config;
  const { places, priming, remainder } = readPackets(file, caf, (count) =>
    checkDuration(count * FRAME_SAMPLES, sampleRateHz, channels, limits),
  );
  const total = places.length * FRAME_SAMPLES;
  const from = Math.max(0, Math.min(total, priming));
  const to = Math.max(from, total - Math.max(0, remainder));
  const stream = { config, count: places.length, blocks: packetsAt(file, places) };
  return { seconds: () => (to - from) / sampleRateHz, decode: async () => aacPcm(stream, from, to) };
}

/** The file has no "OpusHead": its numbers are in the description and the packet table. */
function openOpus(file: ByteSource, caf: CafLayout, limits: Limits): Opened {
  const { places, priming } = readPackets(file, caf, (count) => {
    if (count > (limits.maxSeconds + 1) * OPUS_PACKETS_PER_SECOND)
      throw tooLong("The recording has too many packets.", limits);
  });
  const header = opusHeadFor(caf.channels, Math.max(0, Math.round((priming * 48_000) / caf.sampleRateHz)));
  const packets = packetsAt(file, places);
  return {
    seconds: () => opusTrackSeconds(header, packets, limits),
    decode: () => decodeOpusTrack(header, packets, limits),
  };
}
