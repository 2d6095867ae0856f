/** Files as recorders write them, compared with what ffmpeg decodes (test/golden/formats). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeWhole } from "../support/pcm.ts";

const FOLDER = join(import.meta.dirname, "../golden/formats");
type Decoded = {
  rateHz: number;
  channels: number;
  frames: number;
  left: readonly number[];
  right?: readonly number[];
};
const decoded: Record<string, Decoded> = JSON.parse(readFileSync(join(FOLDER, "decoded.json"), "utf8"));
/** `left` and `right` have 250 samples, and those that remain. */
const stepOf = ({ frames }: Decoded): number => Math.floor(frames / 250);
/** Files that every decoder decodes alike, and how far two may differ. Samples have 5 digits. */
const EXACT: Readonly<Record<string, number>> = {
  "iphone.m4a": 2e-5,
  "android.3gp": 2e-5,
  "safari.mp4": 2e-5,
  "vorbis.ogg": 2e-5,
  "vorbis.webm": 2e-5,
  "pcm.caf": 2e-5,
  "ms.wav": 2e-5,
  "ms-stereo.wav": 2e-5,
  // In IMA ADPCM, ffmpeg rounds each step once, and the standard thrice.
  "ima.wav": 4e-3,
  "ima-stereo.wav": 4e-3,
  "ima4.caf": 4e-3,
};
/** Decoders pad and trim the ends differently. */
const SHIFTS = Array.from({ length: 4801 }, (_, i) => i - 2400);

/** Returns the correlation with ffmpeg's samples at the best shift, and that shift in samples. */
function agreement(plane: Float32Array, reference: readonly number[], step: number) {
  const at = (shift: number) => reference.map((_, i) => plane[step * i + shift] ?? 0);
  const scored = SHIFTS.map((shift) => ({ shift, correlation: correlation(at(shift), reference) }));
  return scored.reduce((best, one) => (one.correlation > best.correlation ? one : best));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
}

for (const [name, expected] of Object.entries(decoded)) {
  test(`${name} decodes to what ffmpeg decodes`, async () => {
    const { sampleRateHz, channels } = await decodeWhole({
      bytes: new Uint8Array(readFileSync(join(FOLDER, name))),
    });
    expect({ sampleRateHz, channels: channels.length }).toEqual({
      sampleRateHz: expected.rateHz,
      channels: expected.channels,
    });
    const [left, right] = channels;
    const step = stepOf(expected);
    const { shift, correlation: same } = agreement(left, expected.left, step);
    expect(same).toBeGreaterThan(0.99);
    expect(Math.abs(left.length - shift - expected.frames) / sampleRateHz).toBeLessThan(0.1);
    const most = EXACT[name];
    if (most === undefined) return;
    expect(shift).toBe(0);
    // The edit list says where the sound ends; ffmpeg gives what the encoder padded, too.
    const differences = (plane: Float32Array, reference: readonly number[] = []) =>
      reference.slice(0, Math.floor(plane.length / step)).map((x, i) => Math.abs(x - plane[step * i]));
    expect(Math.max(...differences(left, expected.left))).toBeLessThan(most);
    if (right) expect(Math.max(...differences(right, expected.right))).toBeLessThan(most);
  });
}
