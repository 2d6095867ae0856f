/** The framing of an Opus packet, checked before the decoder sees it. RFC 6716, section 3. */

const MAX_FRAME_BYTES = 1275;
/** 120 ms at 48 kHz. */
const MAX_SAMPLES = 5760;

/** Samples of one frame at 48 kHz by the first five bits. */
function frameSamples(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3];
  if (config < 16) return [480, 960][config & 1];
  return [120, 240, 480, 960][config & 3];
}

/**
 * packet  one Opus packet without a container
 * returns samples per channel at 48 kHz that it decodes to, 120..5760; undefined where it breaks a rule of section 3.4
 */
export function packetSamples(packet: Uint8Array): number | undefined {
  if (packet.length === 0) return undefined;
  const rest = packet.length - 1;
  const samples = frameSamples(packet[0] >> 3);
  switch (packet[0] & 3) {
    case 0:
      return rest <= MAX_FRAME_BYTES ? samples : undefined;
    case 1:
      return rest % 2 === 0 && rest / 2 <= MAX_FRAME_BYTES ? 2 * samples : undefined;
    case 2:
      return fits(packet, 1, packet.length, 2) ? 2 * samples : undefined;
    default:
      return manySamples(packet, samples);
  }
}

/** Code 3: a count, optional padding, then frames of equal or of given sizes. */
function manySamples(packet: Uint8Array, samples: number): number | undefined {
  if (packet.length < 2) return undefined;
  const count = packet[1] & 0x3f;
  if (count === 0 || count * samples > MAX_SAMPLES) return undefined;
  let at = 2;
  let padding = 0;
  if (packet[1] & 0x40) {
    let byte = 255;
    while (byte === 255) {
      if (at >= packet.length) return undefined;
      byte = packet[at++];
      padding += byte === 255 ? 254 : byte;
    }
  }
  const end = packet.length - padding;
  if (end < at) return undefined;
  if (packet[1] & 0x80) return fits(packet, at, end, count) ? count * samples : undefined;
  const size = (end - at) / count;
  return Number.isInteger(size) && size <= MAX_FRAME_BYTES ? count * samples : undefined;
}

/** count - 1 coded sizes, then that many bytes each; the last frame takes the rest. */
function fits(packet: Uint8Array, from: number, end: number, count: number): boolean {
  let at = from;
  let total = 0;
  for (let i = 0; i < count - 1; i++) {
    if (at >= end) return false;
    let size = packet[at++];
    if (size >= 252) {
      if (at >= end) return false;
      size += 4 * packet[at++];
    }
    total += size;
  }
  const last = end - at - total;
  return last >= 0 && last <= MAX_FRAME_BYTES;
}
