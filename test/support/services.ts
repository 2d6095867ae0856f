import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { localServices } from "../../lib/adapters/local/services.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { RegistryId } from "../../lib/id.ts";
import type { BundledCalibrations } from "../../lib/ports/calibration.ts";
import type { BundledCohorts } from "../../lib/ports/cohort.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Clock, Random } from "../../lib/ports/world.ts";
import { fakeCalibration, fakeCohort } from "./fake-cohort.ts";
import { fakeEmbedder } from "./fake-embedder.ts";

export type FakeClock = Clock & { advance(seconds: number): void };
export type TestServices = Services & { clock: FakeClock; folder: string; registryId: RegistryId };

export type ModelData = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };
export type World = { clock: Clock; random: Random };

type Given = {
  embedder?: Embedder;
  measured?: boolean;
  /** A real model with what belongs to it, instead of the fake one. */
  bundle?: ModelData;
};

/** Services with one registry, "test"; gone when the test ends. */
export async function testServices(given: Given = {}): Promise<TestServices> {
  const services = await openTestServices(given);
  onTestFinished(() => services.close());
  return services;
}

/**
 * For `beforeAll`, or for a second opening of the same folder: who opens closes. VOICEROLL_TEST_STORE=aws opens a table and a
 * bucket of the stand-ins (vitest's project "aws-http"), else it is a temporary folder.
 */
export async function openTestServices(
  given: Given & { folder?: string; clock?: FakeClock; store?: "aws" | "local" } = {},
): Promise<TestServices> {
  const clock = given.clock ?? fakeClock();
  const model = given.bundle ?? fakeModel(given);
  const world = { clock, random: seededRandom() };
  const store = given.store ?? process.env.VOICEROLL_TEST_STORE;
  const opened =
    store === "aws"
      ? await (await import("./aws-services.ts")).openAws(model, world)
      : await openLocal(model, world, given.folder);
  const { registryId } = await ensureRegistry(opened, "test");
  return { ...opened, clock, registryId };
}

async function openLocal(model: ModelData, world: World, reopened?: string) {
  const folder = reopened ?? (await mkdtemp(join(tmpdir(), "voiceroll-test-")));
  const local = localServices(folder, { ...model, ...world });
  const close = async () => {
    await local.close();
    if (reopened === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { ...local, folder, close };
}

function fakeModel({ embedder = fakeEmbedder(), measured = true }: Given): ModelData {
  return measured ? fakeModelData(embedder) : unmeasuredModelData(embedder);
}

/** The fake embedder's cohort and calibration beside it, as an entry would hand them in. */
export const fakeModelData = (embedder: Embedder) => ({
  embedder,
  cohorts: { bundled: async () => fakeCohort(embedder.model) },
  calibrations: { bundled: async () => fakeCalibration(embedder.model) },
});

/** A model that came without cohort and calibration, as lib/adapters/model/bundle.ts hands it in. */
export const unmeasuredModelData = (embedder: Embedder) => {
  const { modelId, dimension } = embedder.model;
  const cohort = { id: "coh_0", modelId, size: 0, dimension, topN: 1, rows: new Float32Array(0) } as const;
  const none = { cohortId: cohort.id, defaultFar: 0.01, source: "", tables: [] };
  return {
    embedder,
    cohorts: { bundled: async () => cohort },
    calibrations: { bundled: async () => ({ id: "cal_0", modelId, ...none }) as const },
  };
};

/** Time stands still but for `advance` and for sleepers, who are woken in the order of their times, at once. */
export function fakeClock(start = "2026-01-01T00:00:00.000Z"): FakeClock {
  let now = Date.parse(start);
  const sleepers: { at: number; wake: () => void }[] = [];
  const wakeNext = () => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (!next) return;
    now = Math.max(now, next.at);
    next.wake();
  };
  return {
    now: () => new Date(now),
    sleep: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ at: now + milliseconds, wake });
        setImmediate(wakeNext);
      }),
    advance(seconds) {
      now += seconds * 1000;
    },
  };
}

let openings = 0;

/** The same bytes at every run; another row of them at every opening. */
export function seededRandom(seed = `opening ${openings++}`): Random {
  let drawn = 0;
  const block = () => createHash("sha512").update(`${seed} ${drawn++}`).digest();
  return {
    bytes: (count) => new Uint8Array(block().subarray(0, count)),
    unit: () => block().readUInt32BE(0) / 2 ** 32,
  };
}
