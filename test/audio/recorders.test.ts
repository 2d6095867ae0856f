/** Files as recorders write them, compared with what ffmpeg decodes (test/golden/formats). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeWhole } from "../support/pcm.ts";

const FOLDER = join(import.meta.dirname, "../golden/formats");
type Decoded = { rateHz: number; channels: number; frames: number; left: readonly number[] };
const decoded: Record<string, Decoded> = JSON.parse(readFileSync(join(FOLDER, "decoded.json"), "utf8"));
/** `left` has every twentieth sample from here. */
const FROM = 4000;
const STEP = 20;
/** Decoders pad and trim the ends differently. */
const SHIFTS = Array.from({ length: 4801 }, (_, i) => i - 2400);

/** Returns the correlation with ffmpeg's samples at the best shift, and that shift in samples. */
function agreement(plane: Float32Array, reference: readonly number[]) {
  const at = (shift: number) => reference.map((_, i) => plane[FROM + STEP * i + shift] ?? 0);
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
    const [left] = channels;
    const { shift, correlation: same } = agreement(left, expected.left);
    expect(same).toBeGreaterThan(0.99);
    expect(Math.abs(left.length - shift - expected.frames) / sampleRateHz).toBeLessThan(0.1);
    if (!name.endsWith(".wav")) return;
    // ADPCM is integer arithmetic. In IMA's, ffmpeg rounds each step once, and the standard thrice.
    expect(shift).toBe(0);
    const exact = name.startsWith("ms") ? 2e-5 : 2e-3;
    const ours = expected.left.map((_, i) => left[FROM + STEP * i]);
    for (const [i, x] of ours.entries()) expect(Math.abs(x - expected.left[i])).toBeLessThan(exact);
  });
}
