import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { localServices } from "../../lib/adapters/local/services.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { RegistryId } from "../../lib/id.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { fakeEmbedder } from "./fake-embedder.ts";
import {
  type FakeClock,
  fakeClock,
  fakeModelData,
  type ModelData,
  seededRandom,
  unmeasuredModelData,
  type World,
} from "./fake-world.ts";
export type TestServices = Services & {
  clock: FakeClock;
  folder: string;
  registry: Registry;
  registryId: RegistryId;
};
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
 * For `beforeAll`, or to open the same folder again. The caller closes the services. Opens a table
 * and a bucket of the stand-ins with VOICEROLL_TEST_STORE=aws (vitest's project "aws-http"),
 * otherwise a temporary folder.
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
  const registry = await ensureRegistry(opened, "test");
  return { ...opened, clock, registry, registryId: registry.registryId };
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
