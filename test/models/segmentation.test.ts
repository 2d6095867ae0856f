/**
 * pyannote's segmentation network finds where two synthetic voices speak at once. Needs the file;
 * test/adapters/diarize.test.ts covers the same path with a network of our own.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { partFolders } from "../../lib/adapters/models/library.ts";
import { installPart } from "../../lib/adapters/models/parts.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { ROOT, temporaryFolder } from "../cli/run.ts";
import { peerFile } from "../support/peers.ts";
import { wav } from "../support/wav.ts";

const NAME = "pyannote-segmentation-3.0.onnx";
const network = peerFile(NAME);
const OVERLAP = 1.5;

/** Turns of two voices; the second and the last begin before the one before them ends. */
async function conversation() {
  const clips = ["awb/1", "slt/1", "awb/2", "slt/2", "awb/3", "slt/3"];
  const parts = await Promise.all(
    clips.map((clip) => readSamples({ bytes: readFileSync(join(ROOT, `samples/${clip}.wav`)) })),
  );
  const overlaps: [from: number, to: number][] = [];
  const whole: number[] = [];
  for (const [i, { samples }] of parts.entries()) {
    const early = i === 1 || i === 5;
    const at = early ? whole.length - OVERLAP * 16_000 : whole.length + (i > 0 ? 8000 : 0);
    if (early) overlaps.push([at / 16_000, at / 16_000 + OVERLAP]);
    for (const [k, x] of samples.entries()) whole[at + k] = (whole[at + k] ?? 0) + x / 2;
    for (let k = 0; k < whole.length; k++) whole[k] ??= 0;
  }
  return { bytes: wav([Float32Array.from(whole)]), overlaps };
}

test("the catalog has the network as a part that is not a model", async () => {
  if (!network) console.log(`There is no ${NAME} (VOICEROLL_PEERS), so these tests are limited.`);
  const catalog: { kind?: string; sha256?: string }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../models/catalog.json"), "utf8"),
  );
  const parts = catalog.filter(({ kind }) => kind === "segmentation");
  expect(parts.map(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ""))).toEqual([true]);
});

if (network)
  test("what pyannote's network hears of two voices at once is where they are", {
    timeout: 120_000,
  }, async () => {
    const data = temporaryFolder();
    const draft = { kind: "segmentation", name: "pyannote", license: "MIT" } as const;
    await installPart(data, { network, draft });
    const parts = await partFolders(data);
    const { embedder } = await openBundle({ workers: 0, parts });
    const { bytes, overlaps } = await conversation();
    const { segments, voices } = await embedder.diarize({ bytes });
    await embedder.close();
    expect(voices).toHaveLength(2);
    const found = segments.flatMap(({ start, end }, i) =>
      segments.slice(i + 1).flatMap((other) => {
        const [from, to] = [Math.max(start, other.start), Math.min(end, other.end)];
        return to > from ? [[from, to] as const] : [];
      }),
    );
    const inside = ([from, to]: readonly [number, number]) =>
      overlaps.some(([start, end]) => from > start - 0.3 && to < end + 0.3);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(inside)).toBe(true);
  });
