import { expect, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { fixtures } from "./fixtures.ts";
import { mutated } from "./mutate.ts";
import { seal } from "./seal.ts";

test("a seed gives the same input every time, and another seed another one", () => {
  const files = fixtures.mp4?.() ?? [];
  for (const seed of [1, 2, 3]) expect(mutated(files, seed)).toEqual(mutated(files, seed));
  const inputs = Array.from({ length: 20 }, (_, seed) =>
    Buffer.from(mutated(files, seed)).toString("base64"),
  );
  expect(new Set(inputs).size).toBe(20);
});

test("every file that is mutated is accepted as it is", async () => {
  for (const make of Object.values(fixtures))
    for (const bytes of make()) await expect(readSamples({ bytes, channel: 0 })).resolves.toBeDefined();
});

test("checksums are right again after a change", async () => {
  const [opus] = fixtures.opus?.() ?? [];
  const [flac] = fixtures.flac?.() ?? [];
  for (const bytes of [opus, flac]) {
    const changed = bytes?.slice() ?? new Uint8Array(0);
    const middle = changed.length >> 1;
    changed[middle] = (changed[middle] ?? 0) ^ 1;
    await expect(readSamples({ bytes: changed.slice() })).rejects.toThrow(/checksum/);
    const error = await readSamples({ bytes: seal(changed) }).catch((one: Error) => one);
    if (error instanceof Error) expect(error.message).not.toMatch(/checksum/);
  }
});
