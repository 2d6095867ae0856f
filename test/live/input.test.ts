import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resample } from "../../lib/audio/features/resample.ts";
import { to16Bits } from "../../lib/audio/read-samples.ts";
import { joinSamples, liveInput } from "../../lib/live/input.ts";
import { packetsOf } from "../audio/ogg-reader.ts";
import { decodeWhole } from "../support/pcm.ts";
import { tone } from "../support/wav.ts";

const OPUS = join(import.meta.dirname, "../golden/audio/mono.opus");

function bytesOf(samples: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  for (const [i, x] of samples.entries()) view.setInt16(2 * i, Math.round(x * 32_767), true);
  return new Uint8Array(view.buffer);
}

async function decoded(
  bytes: Uint8Array,
  sampleRateHz: number,
  cuts: readonly number[],
): Promise<Float32Array> {
  const input = await liveInput("pcm16", sampleRateHz);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return joinSamples(ends.map((end, i) => input.push(bytes.slice(ends[i - 1] ?? 0, end))));
}

for (const rateHz of [8_000, 16_000, 22_050, 44_100, 48_000])
  test(`${rateHz} Hz in messages of any size gives what the whole clip gives`, async () => {
    const bytes = bytesOf(tone(440, rateHz, 0.2));
    const samples = Float32Array.from(new Int16Array(bytes.buffer), (x) => x / 32_768);
    const whole = to16Bits(resample(samples, rateHz, 16_000).slice());
    const sizes = fc.array(fc.nat(bytes.length), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, async (cuts) => {
        const live = await decoded(bytes, rateHz, cuts);
        // What a filter needs from later samples isn't there yet: at most 10 ms.
        expect(whole.length - live.length).toBeLessThanOrEqual(160);
        expect(live).toEqual(whole.subarray(0, live.length));
      }),
      { numRuns: 10 },
    );
  });

test("Opus packets give the samples of the file that has them, from its pre-skip on", async () => {
  const file = new Uint8Array(readFileSync(OPUS));
  const input = await liveInput("opus", 48_000);
  const [head, , ...packets] = packetsOf(file);
  const live = joinSamples(packets.map((packet) => input.push(packet)));
  input.close();
  const preSkip = Math.round(new DataView(head.buffer, head.byteOffset).getUint16(10, true) / 3);
  const { channels } = await decodeWhole({ bytes: file, mediaType: "audio/ogg" });
  const whole = to16Bits(channels[0].slice());
  expect(live.subarray(preSkip, preSkip + whole.length)).toEqual(whole);
});

test("rejects a message that is no Opus packet, and decodes the next one", async () => {
  const [, , packet] = packetsOf(new Uint8Array(readFileSync(OPUS)));
  const input = await liveInput("opus", 48_000);
  expect(() => input.push(new Uint8Array(0))).toThrow(RangeError);
  expect(() => input.push(new Uint8Array(5000))).toThrow(RangeError);
  expect(input.push(packet).length).toBeGreaterThan(0);
  input.close();
});
