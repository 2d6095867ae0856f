import type { Input, InputAudioTrack } from "mediabunny";
import { AppError } from "../../error.ts";
import { checkLayout, MAX_SECONDS, tooLong, undecodable } from "../limits.ts";

/** The audio track of a WebM or Matroska file: encoded packets, in order. */
export type Track = {
  /** As mediabunny names it: "opus", "aac", "vorbis" and so on. Undefined: unknown to it. */
  codec: string | undefined;
  channels: number;
  /** The codec's header: "OpusHead" for Opus. */
  description: Uint8Array | undefined;
  packets: Uint8Array[];
};

const CONTAINER = "WebM or Matroska";
/** 120 s of Opus in packets of 2.5 ms are 48,000. */
const MAX_PACKETS = 50_000;

/**
 * Returns the packets of the first audio track. Video isn't read. The container is parsed by
 * mediabunny, which also reads recordings without a duration or an index, as browsers write them.
 *
 * Throws `audio-undecodable`, `audio-too-long` and the `audio-unsupported-*` slugs.
 */
export async function readTrack(bytes: Uint8Array): Promise<Track> {
  const { BufferSource, Input: Reader, MATROSKA, WEBM } = await import("mediabunny");
  const input = new Reader({ source: new BufferSource(bytes), formats: [WEBM, MATROSKA] });
  try {
    return await firstTrack(input);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("audio-undecodable", `The ${CONTAINER} file is damaged. Send an intact file.`, {
      cause,
    });
  } finally {
    input.dispose();
  }
}

async function firstTrack(input: Input): Promise<Track> {
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw undecodable(`The ${CONTAINER} file has no audio track. Send a file with sound.`);
  const { codec, sampleRate, numberOfChannels: channels } = track;
  checkLayout(sampleRate, channels);
  const config = await track.getDecoderConfig();
  const description = config?.description && asBytes(config.description);
  return {
    codec: codec ?? undefined,
    channels,
    description,
    packets: await readPackets(track),
  };
}

async function readPackets(track: InputAudioTrack) {
  const { EncodedPacketSink } = await import("mediabunny");
  const packets: Uint8Array[] = [];
  let startSeconds = 0;
  for await (const packet of new EncodedPacketSink(track).packets()) {
    if (packets.length === 0) startSeconds = packet.timestamp;
    packets.push(packet.data);
    if (packet.timestamp - Math.max(0, startSeconds) > MAX_SECONDS || packets.length > MAX_PACKETS)
      throw tooLong(`The clip is longer than ${MAX_SECONDS} s. Send at most ${MAX_SECONDS} s.`);
  }
  return packets;
}

const asBytes = (source: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
