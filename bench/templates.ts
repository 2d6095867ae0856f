/**
 * The cost of template keys (docs/templates.md): of a rotation, of a verification's reads, and of
 * renewing a registry. `npm run bench:templates -- [voices]`, by default 10,000.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localServices } from "../lib/adapters/local/services.ts";
import { bundleStandIn } from "../lib/adapters/model/no-model.ts";
import { rekey } from "../lib/domain/maintenance/rekey.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { AppError } from "../lib/error.ts";
import type { RegistryId } from "../lib/id.ts";
import { addFixed, toFixed } from "../lib/score/scoring/fixed-point.ts";
import { bytesOfRound, rotationFrom } from "../lib/score/scoring/rotation.ts";
import { normalize } from "../lib/score/scoring/vector.ts";
import { aClip, aSpeaker } from "../test/contract/store.ts";

const VOICES = Number(process.argv[2] ?? 10_000);
const DIMENSION = 192;
const REPEATS = 2000;
const CLIPS = 4;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Microseconds of one call: the median of 15 rounds. */
function microseconds(call: () => unknown): number {
  const rounds = Array.from({ length: 15 }, () => {
    const from = performance.now();
    for (let i = 0; i < REPEATS; i++) call();
    return ((performance.now() - from) * 1000) / REPEATS;
  });
  return median(rounds);
}

function voice(): ReturnType<typeof normalize> {
  const words = new Int32Array(new Uint8Array(randomBytes(DIMENSION * 4)).buffer);
  return normalize(Float64Array.from(words));
}

const bytes = Array.from({ length: 16 }, () => new Uint8Array(randomBytes(bytesOfRound(DIMENSION))));
const rotation = rotationFrom(DIMENSION, (round) => bytes[round] as Uint8Array);
const embedding = toFixed(voice());
const rotated = rotation.apply(embedding);
console.log(
  `one vector of ${DIMENSION}: rotate ${microseconds(() => rotation.apply(embedding)).toFixed(1)} us`,
);
console.log(`one vector of ${DIMENSION}: back ${microseconds(() => rotation.undo(rotated)).toFixed(1)} us`);

const folder = await mkdtemp(join(tmpdir(), "voiceroll-templates-"));
const noModel = bundleStandIn(new AppError("model-unavailable", "No clips are embedded here."));
const services = localServices(folder, noModel);
try {
  const { registryId } = await ensureRegistry(services, "bench");
  const enrolling = performance.now();
  for (let i = 0; i < VOICES; i++) await put(registryId, `v${i}`);
  console.log(`${VOICES} voices of ${CLIPS} clips stored in ${seconds(enrolling)} s`);
  const renewing = performance.now();
  const report = await rekey(services, { registryId });
  console.log(`${report.speakers} voices renewed in ${seconds(renewing)} s`);
  const again = performance.now();
  await rekey(services, { registryId });
  console.log(`and again in ${seconds(again)} s`);
} finally {
  await services.close();
  await rm(folder, { recursive: true, force: true });
}

async function put(registryId: RegistryId, name: string): Promise<void> {
  let sum: Float64Array = new Float64Array(DIMENSION);
  const clips = Array.from({ length: CLIPS }, (_, i) => {
    const clip = aClip(name, `clp_${name}_${i}`, { registryId, embedding: toFixed(voice()) });
    sum = addFixed(sum, clip.embedding, 1);
    return clip;
  });
  const listed = clips.map(({ clipId, audioSha256 }) => ({ clipId, audioSha256, speechSeconds: 6 }));
  await services.speakers.putWithClips(aSpeaker(name, { registryId, sum, clips: listed }), clips);
}

function seconds(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1);
}
