const HEADER = 44;
const RATE_HZ = 16_000;
const FULL_SCALE = 2 ** 15;

/**
 * Returns a WAV file of 16 bits at 16 kHz. Reading it returns the same samples if they were rounded
 * to 16 bits, as `readSamples` does. Samples beyond full scale are clipped.
 *
 * samples  16 kHz mono, full scale at 1
 */
export function writeWav(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i++) bytes[at + i] = letters.charCodeAt(i);
  };
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, 2 * RATE_HZ, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round(samples[i] * FULL_SCALE);
    view.setInt16(HEADER + 2 * i, Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, value)), true);
  }
  return bytes;
}
