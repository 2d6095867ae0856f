import { expect, test } from "vitest";
import { acceptedMediaTypes } from "../../lib/audio/formats/formats.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { AppError } from "../../lib/error.ts";
import { audioRows } from "../bad-input/audio-rows.ts";
import { decodeWhole as decode } from "../support/pcm.ts";
import { wav } from "../support/wav.ts";

for (const { row, name, bytes, mediaType, slug, says } of audioRows) {
  test(`${row} ${name}: ${slug ?? "accepted"}`, async () => {
    const result = readSamples({ bytes, mediaType });
    if (slug === undefined) {
      const { samples, sourceRateHz } = await result;
      expect(samples.length).toBeGreaterThanOrEqual(16_000);
      expect(sourceRateHz).toBeGreaterThanOrEqual(8_000);
      return;
    }
    const error = await result.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ slug, message: expect.stringMatching(/^[A-Z].{20,}\.$/) });
    if (says) expect(error).toMatchObject({ message: expect.stringContaining(says) });
  });
}

test("takes each accepted media type, in any case and with parameters", async () => {
  const bytes = wav([new Float32Array(100)]);
  for (const mediaType of acceptedMediaTypes) {
    await expect(decode({ bytes, mediaType })).resolves.toMatchObject({ sampleRateHz: 16_000 });
  }
  await expect(decode({ bytes, mediaType: "Audio/WAV; codec=1" })).resolves.toBeDefined();
  await expect(decode({ bytes, mediaType: "" })).rejects.toMatchObject({ slug: "unsupported-media-type" });
});

test("accepts exactly 120 s and rejects one sample more", async () => {
  const rateHz = 8_000;
  const at = (length: number) => decode({ bytes: wav([new Float32Array(length)], { rateHz, bits: 8 }) });
  await expect(at(120 * rateHz)).resolves.toBeDefined();
  await expect(at(120 * rateHz + 1)).rejects.toMatchObject({ slug: "audio-too-long" });
});
