import { describe, expect, inject, test } from "vitest";
import { candidateIndexer } from "../../lib/adapters/aws/candidates/indexer.ts";
import { indexLedger } from "../../lib/adapters/aws/candidates/ledger.ts";
import { openSnapshot } from "../../lib/adapters/aws/snapshot.ts";
import { rekey } from "../../lib/domain/maintenance/rekey.ts";
import type { Services } from "../../lib/ports/services.ts";
import { HERE, MODEL, underTemplateKeys } from "../contract/store.ts";
import { exactVectors } from "../support/exact-vectors.ts";
import { searchIn } from "../support/index-races.ts";
import { memoryCandidates } from "../support/memory-candidates.ts";
import { galleryPlace, putSpeakers, SPEAKERS } from "./gallery-place.ts";

const standIns = inject("standIns");
const place = { registryId: HERE, modelId: MODEL };
const SOME = ["v0", "v7", "v19", "v100", `v${SPEAKERS - 1}`];

/** Finds each of these voices, among all. */
async function findsRight(services: Services, names = SOME, searched = SPEAKERS): Promise<void> {
  for (const name of names) {
    const found = await searchIn(services, name, 1);
    expect([found.hits[0]?.speakerId, found.searched]).toEqual([name, searched]);
  }
}

/** Begins a renewal, and stops before the nth speaker. */
async function renewPart(services: Services, nth: number): Promise<void> {
  let renewed = 0;
  const speakers = {
    ...services.speakers,
    renew: async (...key: Parameters<typeof services.speakers.renew>) => {
      if (++renewed === nth) throw new Error("the process died");
      return services.speakers.renew(...key);
    },
  };
  await expect(rekey({ ...services, speakers }, { registryId: HERE })).rejects.toThrow("the process died");
}

describe.skipIf(!standIns)("template keys on AWS", () => {
  test("searches and snapshots are right before, during and after a renewal, whose old key is gone", async () => {
    if (!standIns) throw new RangeError("no servers");
    const at = await galleryPlace(standIns);
    const generation = async () =>
      (await openSnapshot(at.blobs, place, at.clock.now().getTime()))?.file.info.generation;
    const store = underTemplateKeys(async () => ({ one: at.open(), other: at.open(), clock: at.clock }));
    const { one, other } = await store();
    await putSpeakers(one, 0, SPEAKERS);
    expect([await at.build(), await generation()]).toEqual(["written", 1]);
    for (const services of [one, other, at.open()]) await findsRight(services);

    await renewPart(one, 30);
    for (const services of [one, other, at.open()]) await findsRight(services);
    expect(await at.build()).toBe("written");
    await findsRight(at.open());
    // Another process reads the new generation at the latest half a minute after it began.
    at.clock.advance(31);
    await findsRight(other);

    const from = at.clock.monotonic();
    const report = await rekey(one, { registryId: HERE });
    expect(report).toEqual({ generation: 2, speakers: SPEAKERS - 29, cohorts: 0, resumed: true });
    expect(at.clock.monotonic() - from).toBeGreaterThanOrEqual(one.templateKeys.settleMs);
    expect([await at.build(), await generation()]).toEqual(["written", 2]);
    for (const services of [one, other, at.open()]) await findsRight(services);
    const key = (nth: number) => one.templateKeys.get(HERE, nth);
    expect([await key(1), (await key(2))?.length]).toEqual([undefined, 32]);
  }, 120_000);

  test("a candidate index finds voices of both generations while they are renewed", async () => {
    if (!standIns) throw new RangeError("no servers");
    const at = await galleryPlace(standIns);
    const vectors = exactVectors(() => at.clock.now().getTime());
    const candidates = { index: memoryCandidates(vectors, {}), from: 1, isUsable: async () => true };
    const { index } = candidates;
    const indexed = candidateIndexer({
      table: at.table,
      index,
      ledger: indexLedger(at.table),
      clock: at.clock,
    });
    const opening = () => at.open({ candidates });
    const store = underTemplateKeys(async () => ({ one: opening(), other: opening(), clock: at.clock }));
    const { one } = await store();
    const names = ["v0", "v7", "v19"];
    await putSpeakers(one, 0, 20);
    expect(await indexed(place)).toMatchObject({ voices: 20, isVisible: true });
    await findsRight(opening(), names, 20);
    await renewPart(one, 10);
    at.clock.advance(120);
    expect(await indexed(place)).toMatchObject({ voices: 20 });
    for (const services of [one, opening()]) await findsRight(services, names, 20);
    await rekey(one, { registryId: HERE });
    at.clock.advance(120);
    await indexed(place);
    for (const services of [one, opening()]) await findsRight(services, names, 20);
  }, 60_000);
});
