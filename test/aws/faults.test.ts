import { expect, inject, onTestFinished, test } from "vitest";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { type Client, clientOf } from "../functions/client.ts";
import { openAws, standIns } from "../support/aws-services.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "../support/fake-world.ts";
import { FAULTS, faultProxy } from "../support/fault-proxy.ts";
import type { TestServices } from "../support/services.ts";
import { callsOf, type FaultCase, type Lane, runCases } from "./fault-lanes.ts";
import { type FaultOperation, operations } from "./fault-operations.ts";

/** Longer than three attempts that hang. */
const DEADLINE_MS = 2000;
const ATTEMPT_MS = 200;
const LANES = 8;

type Clean = TestServices & Pick<Awaited<ReturnType<typeof openAws>>, "reopen">;

/** Services without faults, to look at what is stored. */
async function openClean(): Promise<Clean> {
  const world = { clock: fakeClock(), random: seededRandom() };
  const opened = await openAws(fakeModelData(fakeEmbedder()), world);
  onTestFinished(() => opened.close());
  const registry = await ensureRegistry(opened, "test");
  return { ...opened, clock: world.clock, registry, registryId: registry.registryId };
}

async function openLane(clean: Clean, patient: Client): Promise<Lane> {
  const { dynamodb, s3 } = standIns();
  const proxies = [await faultProxy(dynamodb), await faultProxy(s3)];
  const spoilt = clean.reopen({ dynamodb: proxies[0].url, s3: proxies[1].url }, ATTEMPT_MS);
  onTestFinished(async () => {
    await spoilt.close();
    for (const proxy of proxies) await proxy.close();
  });
  const options = { key: patient.key, deadlineMs: DEADLINE_MS, stopAtDeadline: true };
  const client = await clientOf({ ...clean, ...spoilt, clock: clean.clock }, options);
  return { client, patient, proxies };
}

async function allCases(lane: Lane, clean: TestServices, operation: FaultOperation): Promise<FaultCase[]> {
  const calls = [...(await callsOf(lane, clean, operation))];
  return calls.flatMap(([at, count]) =>
    Array.from({ length: count }, (_, i) => i + 1).flatMap((nth) =>
      FAULTS.flatMap((fault) =>
        (["first", "all"] as const).map((attempts) => ({ operation, at, nth, fault, attempts })),
      ),
    ),
  );
}

test.skipIf(!inject("standIns")).each(operations)(
  "C11, C12, C18 $name: commits everything or nothing, whichever call fails and however it fails",
  async (operation) => {
    const clean = await openClean();
    const patient = await clientOf(clean);
    const lanes = await Promise.all(Array.from({ length: LANES }, () => openLane(clean, patient)));
    const cases = await allCases(lanes[0], clean, operation);
    const start = performance.now();
    const wrong = await runCases(lanes, clean, cases, DEADLINE_MS);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${operation.name}: ${cases.length} cases in ${seconds} s`);
    expect(cases.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  },
  600_000,
);
