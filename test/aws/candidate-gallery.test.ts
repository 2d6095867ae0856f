import { describe, expect, inject, test } from "vitest";
import { candidateIndexer } from "../../lib/adapters/aws/candidates/indexer.ts";
import { indexLedger } from "../../lib/adapters/aws/candidates/ledger.ts";
import { galleryBuild } from "../../lib/adapters/aws/gallery-builder.ts";
import { lsnSource } from "../../lib/adapters/shared/lsn.ts";
import type { CandidateIndex } from "../../lib/ports/candidate-index.ts";
import type { Services } from "../../lib/ports/services.ts";
import { galleryContract } from "../contract/gallery.ts";
import { HERE, MODEL, speakerId } from "../contract/store.ts";
import { exactVectors } from "../support/exact-vectors.ts";
import { seededRandom } from "../support/fake-world.ts";
import { raceIndex, searchIn } from "../support/index-races.ts";
import { memoryCandidates } from "../support/memory-candidates.ts";
import { INDEXES, racesOn } from "../support/vector-races.ts";
import { galleryPlace, putSpeakers } from "./gallery-place.ts";

const standIns = inject("standIns");
const place = { registryId: HERE, modelId: MODEL };

async function opened(given: { visibleAfterMs?: number; from?: number } = {}) {
  if (!standIns) throw new RangeError("no servers");
  const at = await galleryPlace(standIns);
  const vectors = exactVectors(() => at.clock.now().getTime());
  const index = memoryCandidates(vectors, given);
  const candidates = { index, from: given.from ?? 1, isUsable: async () => true };
  const { table, blobs, clock } = at;
  const indexerOf = (by: CandidateIndex, ledger = indexLedger(table)) =>
    candidateIndexer({ table, index: by, ledger, clock });
  const stores = { table, blobs, clock, drawLsn: lsnSource({ clock, random: seededRandom() }) };
  return {
    ...at,
    index,
    vectors,
    indexerOf,
    indexed: indexerOf(index),
    buildGalleries: galleryBuild(stores, candidates),
    opening: () => at.open({ candidates }),
  };
}

const search = searchIn;
const names = async (...given: Parameters<typeof search>) =>
  (await search(...given)).hits.map((hit) => hit.speakerId as string);

describe.skipIf(!standIns)("a gallery on a candidate index", () => {
  galleryContract(async () => {
    const { opening, clock, indexed } = await opened();
    let searches = 0;
    /**
     * The index follows the log at some searches only, so that its tail has a part of the voices.
     */
    const following = (services: Services): Services => ({
      ...services,
      gallery: {
        async search(...given) {
          if (searches++ % 3 === 0) await indexed({ registryId: given[0], modelId: given[1].modelId });
          return services.gallery.search(...given);
        },
      },
    });
    return { one: following(opening()), other: following(opening()), clock };
  });

  test("whatever is cut off, late or repeated, a search compares exactly the stored voices", async () => {
    const given = await opened({ visibleAfterMs: 60_000 });
    // Late, but in less time than the index claims.
    given.vectors.knobs.delayMs = 55_000;
    const { wrong, runs, cutOff } = await raceIndex({ ...given, races: 30 });
    expect(wrong).toEqual([]);
    expect(Math.min(cutOff, runs - cutOff)).toBeGreaterThan(1);
  });

  test.each(INDEXES)("so it does in races on the index of %s", async (kind) => {
    if (!standIns) throw new RangeError("no servers");
    const { wrong } = await racesOn(kind, standIns, 25);
    expect(wrong).toEqual([]);
  });

  test("erases a voice from the index with the next run, and never returns it before", async () => {
    const { opening, vectors, indexed, clock } = await opened();
    const services = opening();
    await putSpeakers(services, 0, 20);
    expect(await indexed(place)).toMatchObject({ voices: 20, isVisible: true });
    expect(vectors.dump()).toContain("spk_v7");
    await services.speakers.remove(HERE, speakerId("v7"));
    expect(await names(services, "v7")).not.toContain("v7");
    expect(await names(opening(), "v7")).not.toContain("v7");
    clock.advance(5);
    expect(await indexed(place)).toMatchObject({ voices: 19 });
    expect(vectors.dump()).not.toMatch(/spk_v7"|"v7"/);
    expect(await search(services, "v7", 30)).toMatchObject({ searched: 19 });
  });

  test("finds a voice whose write the index doesn't show yet, in a new process too", async () => {
    const { opening, vectors, indexed, clock } = await opened({ visibleAfterMs: 300_000 });
    vectors.knobs.delayMs = 250_000;
    const services = opening();
    await putSpeakers(services, 0, 3);
    await indexed(place);
    clock.advance(400);
    await putSpeakers(services, 3, 6);
    await indexed(place);
    // Beyond the log's last minute, which is read anyway.
    clock.advance(120);
    await putSpeakers(services, 6, 7);
    await indexed(place);
    for (const name of ["v1", "v4", "v6"]) expect((await names(opening(), name))[0]).toBe(name);
    expect(vectors.dump()).not.toContain("spk_v4");
  });

  test("misses only what the index misses, and still counts it", async () => {
    const { opening, vectors, indexed, clock } = await opened();
    vectors.knobs.lost = (key) => key === "spk_v3";
    const services = opening();
    await putSpeakers(services, 0, 19);
    await indexed(place);
    // The log's last minute is read anyway.
    clock.advance(120);
    await putSpeakers(services, 19, 20);
    await indexed(place);
    vectors.knobs.missed = (key) => key === "spk_v4";
    const fresh = opening();
    expect((await names(fresh, "v3"))[0]).not.toBe("v3");
    expect((await names(fresh, "v4"))[0]).not.toBe("v4");
    expect(await search(fresh, "v5", 1)).toMatchObject({
      hits: [{ speakerId: "v5", error: 0 }],
      searched: 20,
    });
    // Groups are read from the table.
    expect((await search(fresh, "v3", 5, ["v3", "v4", "gone"])).searched).toBe(2);
    expect((await names(fresh, "v3", 5, ["v3", "v4"])).sort()).toEqual(["v3", "v4"]);
  });

  test("a registry that the index takes over keeps no snapshot; a smaller one keeps its own", async () => {
    const { opening, buildGalleries, voices, indexed } = await opened({ from: 210 });
    const services = opening();
    await putSpeakers(services, 0, 205);
    expect(await buildGalleries(place)).toEqual({ outcome: "written", voices: 205 });
    expect(await voices()).toHaveLength(205);
    await putSpeakers(services, 205, 211);
    expect(await buildGalleries(place)).toEqual({ outcome: "indexed", voices: 211 });
    expect(await voices()).toBeUndefined();
    expect(await indexed(place)).toMatchObject({ voices: 211 });
    expect(await search(opening(), "v210", 1)).toMatchObject({ searched: 211 });
  });

  test("of two indexers at once, one is overtaken, and the next run is right", async () => {
    const { opening, index, indexerOf } = await opened();
    const services = opening();
    await putSpeakers(services, 0, 12);
    const runs = await Promise.all([indexerOf(index)(place), indexerOf(index)(place)]);
    expect(runs.filter(({ overtaken }) => overtaken)).toHaveLength(1);
    expect(await indexerOf(index)(place)).toMatchObject({ overtaken: false, voices: 12 });
    expect(await search(services, "v3", 20)).toMatchObject({ searched: 12 });
  });
});
