import { describe, expect, test } from "vitest";
import type { CohortRecord } from "../../lib/ports/cohort.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { ELSEWHERE, HERE, MODEL, type OpenStore } from "./store.ts";

const { dimension } = fakeModel();

/** Three rows: of clips, of the speaker "ann", of the speaker "max". */
export function aCohort(given: Partial<CohortRecord> = {}): CohortRecord {
  const names = ["row", "ann", "max"];
  const rows = new Float32Array(names.flatMap((name) => [...fakeVoice(name)]));
  const ofClips = {
    label: "row",
    language: "de",
    bandwidth: "telephone",
    clips: 2,
    speechSeconds: 1 / 3,
  } as const;
  const head = {
    registryId: HERE,
    cohortId: "coh_a",
    modelId: MODEL,
    sha256: "a".repeat(64),
    size: 3,
    topN: 2,
    erased: 0,
    createdAt: "2026-01-01T00:00:00.000Z",
    ...given,
  } as const;
  return {
    ...head,
    cohort: {
      id: head.cohortId,
      modelId: head.modelId,
      size: 3,
      dimension,
      topN: 2,
      erased: 0,
      rows,
      owners: [undefined, "spk_ann", "spk_max"],
    },
    voices: [
      { source: "clips", ...ofClips },
      { source: "registry", owner: "spk_ann", clips: 4, speechSeconds: 24.5 },
      { source: "registry", owner: "spk_max" },
    ],
  };
}

const headOf = ({ cohort: _c, voices: _v, ...head }: CohortRecord) => head;

export function cohortStoreContract(open: OpenStore): void {
  describe("cohort store", () => {
    test("the bundled cohort comes with the model and is not one of the registry's own", async () => {
      const { one } = await open();
      const bundled = await one.cohorts.bundled(MODEL);
      expect(bundled).toEqual(fakeCohort(fakeModel()));
      expect(await one.cohorts.get(HERE, bundled.id)).toBeUndefined();
    });

    test("returns a cohort as it was put, to the last bit, only in its own registry", async () => {
      const { one, other } = await open();
      const record = aCohort({ name: "callers" });
      expect(await one.cohorts.get(HERE, "coh_a")).toBeUndefined();
      expect(await one.cohorts.put(record)).toBe(true);
      expect(await other.cohorts.get(HERE, "coh_a")).toStrictEqual(record);
      expect(await other.cohorts.get(ELSEWHERE, "coh_a")).toBeUndefined();
      expect(await other.cohorts.get(HERE, "coh_b")).toBeUndefined();
    });

    test("a later or concurrent put does not replace a cohort", async () => {
      const { one, other } = await open();
      const puts = Array.from({ length: 6 }, (_, i) =>
        (i % 2 ? one : other).cohorts.put(aCohort({ name: `name ${i}` })),
      );
      const done = await Promise.all(puts);
      expect(done.filter(Boolean)).toHaveLength(1);
      expect((await one.cohorts.get(HERE, "coh_a"))?.name).toBe(`name ${done.indexOf(true)}`);
      expect(await one.cohorts.put(aCohort({ registryId: ELSEWHERE }))).toBe(true);
    });

    test("lists cohorts by registry and model, in order of creation", async () => {
      const { one, other } = await open();
      const [first, second] = [aCohort({ cohortId: "coh_z" }), aCohort({ cohortId: "coh_b", name: "b" })];
      for (const record of [
        first,
        aCohort({ registryId: ELSEWHERE }),
        aCohort({ cohortId: "coh_m", modelId: "mdl_other" }),
        second,
      ])
        await one.cohorts.put(record);
      expect(await other.cohorts.list(HERE, MODEL)).toStrictEqual([headOf(first), headOf(second)]);
    });

    test("forgetting a speaker removes its row from every cohort of the registry and counts the erasure", async () => {
      const { one, other } = await open();
      for (const cohortId of ["coh_a", "coh_b"] as const) await one.cohorts.put(aCohort({ cohortId }));
      await one.cohorts.put(aCohort({ registryId: ELSEWHERE }));
      const before = await other.cohorts.get(HERE, "coh_a");
      expect(await one.cohorts.forget(HERE, "spk_ann")).toBe(2);
      expect(await one.cohorts.forget(HERE, "spk_ann")).toBe(0);
      const after = await other.cohorts.get(HERE, "coh_a");
      expect(after).toMatchObject({ size: 2, erased: 1, sha256: before?.sha256 });
      expect(after?.voices).toStrictEqual([aCohort().voices[0], aCohort().voices[2]]);
      expect(after?.cohort).toStrictEqual({
        ...aCohort().cohort,
        size: 2,
        erased: 1,
        rows: new Float32Array([...fakeVoice("row"), ...fakeVoice("max")]),
        owners: [undefined, "spk_max"],
      });
      expect((await one.cohorts.get(ELSEWHERE, "coh_a"))?.erased).toBe(0);
      expect((await one.cohorts.list(HERE, MODEL)).map(({ size, erased }) => [size, erased])).toEqual([
        [2, 1],
        [2, 1],
      ]);
    });

    test("lists each speaker with a row once, until it is forgotten", async () => {
      const { one, other } = await open();
      expect(await one.cohorts.owners(HERE)).toEqual([]);
      for (const cohortId of ["coh_a", "coh_b"] as const) await one.cohorts.put(aCohort({ cohortId }));
      expect((await other.cohorts.owners(HERE)).toSorted()).toEqual(["spk_ann", "spk_max"]);
      expect(await other.cohorts.owners(ELSEWHERE)).toEqual([]);
      await one.cohorts.forget(HERE, "spk_ann");
      expect(await other.cohorts.owners(HERE)).toEqual(["spk_max"]);
    });

    test("counts each of several concurrent erasures; a cohort may become empty", async () => {
      const { one, other } = await open();
      const uids = ["spk_a", "spk_b", "spk_c"] as const;
      const { cohort, voices } = aCohort();
      const record = {
        ...aCohort(),
        cohort: { ...cohort, owners: uids },
        voices: voices.map((voice, i) => ({ ...voice, owner: uids[i] })),
      };
      await one.cohorts.put(record);
      await Promise.all(uids.map((uid, i) => (i % 2 ? one : other).cohorts.forget(HERE, uid)));
      expect(await one.cohorts.get(HERE, "coh_a")).toMatchObject({ size: 0, erased: 3, voices: [] });
    });
  });
}
