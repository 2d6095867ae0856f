import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localServices } from "../../lib/adapters/local/services.ts";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { ensureRegistry, updateRegistry } from "../../lib/domain/registry/registry.ts";
import { makeId, parseSpeakerId, type RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import { addFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { voiceStats } from "../../lib/score/scoring/norm.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { percentile } from "../../test/support/percentile.ts";
import { print, timed } from "../measure.ts";

/**
 * Times identify over `size` random voiceprints in the local store: the search alone, and the whole
 * operation.
 */
export async function benchGallery(size: number, clip: Uint8Array): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
  const services = localServices(data, await openBundle({ workers: 1 }));
  const { registryId } = await ensureRegistry(services, "bench");
  // The probe is no one's voice: searches that find no match would be paused.
  const registry = await updateRegistry(services, { registryId, settings: { guessing: { misses: 0 } } });
  await fill(services, registryId, size);
  const embedded = await services.embedder.embed({ bytes: clip, mediaType: "audio/wav" });
  const embedding = embedded.embedding ?? normalize([1]);
  const { modelId } = services.embedder.model;
  const cohort = await services.cohorts.bundled(modelId);
  const probe = { modelId, cohort, embedding, stats: voiceStats(embedding, cohort) };
  const loadStart = performance.now();
  const { searched } = await services.gallery.search(registryId, probe, 5);
  const loadMs = performance.now() - loadStart;
  const search = await timed(50, () => services.gallery.search(registryId, probe, 5));
  const whole = await timed(30, () =>
    identify(services, { registry, clip: { bytes: clip, mediaType: "audio/wav" }, limit: 5 }),
  );
  print("identify", {
    searched,
    searchP50Ms: percentile(search, 0.5),
    searchP99Ms: percentile(search, 0.99),
    identify3sP50Ms: percentile(whole, 0.5),
    identify3sP99Ms: percentile(whole, 0.99),
    firstSearchMs: loadMs,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  });
  await services.close();
  await rm(data, { recursive: true });
}

/** Stores speakers with random voices. */
async function fill(services: Services, registryId: RegistryId, size: number): Promise<void> {
  const { dimension, modelId } = services.embedder.model;
  const cohort = await services.cohorts.bundled(modelId);
  const now = new Date().toISOString();
  for (let i = 0; i < size; i++) {
    const voice = normalize(Float64Array.from({ length: dimension }, gaussian));
    const speakerId = parseSpeakerId(`speaker-${i}`);
    const stats = voiceStats(voice, cohort);
    if (!speakerId || !stats) throw new RangeError("the benchmark could not create a speaker");
    await services.speakers.put({
      registryId,
      speakerId,
      uid: makeId("spk", services.random.bytes(16)),
      optedOut: false,
      name: undefined,
      metadata: {},
      consent: undefined,
      modelId,
      sum: addFixed(new Float64Array(dimension), toFixed(voice), 1),
      clips: [
        { clipId: makeId("clp", services.random.bytes(16)), audioSha256: "0".repeat(64), speechSeconds: 20 },
      ],
      stats: { cohortId: cohort.id, voice: stats },
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
  }
}

/** A normal deviate by Box and Muller. */
const gaussian = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
