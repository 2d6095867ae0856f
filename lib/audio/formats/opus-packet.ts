const MAX_FRAME_BYTES = 1275;
/** 120 ms at 48 kHz. */
const MAX_SAMPLES = 5760;

/**
 * Returns the samples in one frame at 48 kHz. `config`: the packet's first five bits. RFC 6716,
 * section 3.1.
 */
function frameSamples(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3];
  if (config < 16) return [480, 960][config & 1];
  return [120, 240, 480, 960][config & 3];
}

/**
 * Returns how many samples per channel a packet decodes to at 48 kHz, 120..5760. Returns undefined
 * if its framing breaks a rule of RFC 6716, section 3.4: such a packet must not reach the decoder.
 *
 * packet  one Opus packet without a container
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

/** Code 3: a count, optional padding, then frames of equal or stated sizes. */
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

/** Whether count - 1 coded sizes and their frames fit; the last frame takes the remaining bytes. */
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
