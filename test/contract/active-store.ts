import { describe, expect, test } from "vitest";
import type { Active } from "../../lib/ports/calibration.ts";
import { ELSEWHERE, HERE, MODEL, type OpenStore } from "./store.ts";

const chosen = (version: number, given: Partial<Active> = {}): Active => ({
  registryId: HERE,
  modelId: MODEL,
  activeCohort: "coh_b",
  previousCalibration: "cal_a",
  version,
  updatedAt: "2026-01-01T00:00:00.000Z",
  ...given,
});

export function activeStoreContract(open: OpenStore): void {
  describe("active store", () => {
    test("what is chosen comes back as put, by registry and model; nothing chosen is undefined", async () => {
      const { one, other } = await open();
      expect(await one.active.get(HERE, MODEL)).toBeUndefined();
      await one.active.put(chosen(1));
      expect(await other.active.get(HERE, MODEL)).toStrictEqual(chosen(1));
      expect(await other.active.get(ELSEWHERE, MODEL)).toBeUndefined();
      expect(await other.active.get(HERE, "mdl_other")).toBeUndefined();
    });

    test("a change succeeds over the version before it alone, and a refused one changes nothing", async () => {
      const { one, other } = await open();
      await expect(one.active.put(chosen(2))).rejects.toMatchObject({ slug: "write-contention" });
      await one.active.put(chosen(1));
      await other.active.put(chosen(2, { activeCalibration: "cal_b" }));
      for (const version of [1, 2, 4])
        await expect(one.active.put(chosen(version, { activeCohort: "coh_c" }))).rejects.toMatchObject({
          slug: "write-contention",
        });
      expect(await one.active.get(HERE, MODEL)).toStrictEqual(chosen(2, { activeCalibration: "cal_b" }));
    });

    test("of many changes at once one is granted, and cohort and calibration are of one and the same", async () => {
      const { one, other } = await open();
      const puts = Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : other).active.put(
          chosen(1, { activeCohort: `coh_${i}`, activeCalibration: `cal_${i}` }),
        ),
      );
      const done = await Promise.allSettled(puts);
      expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const existing = await one.active.get(HERE, MODEL);
      const won = done.findIndex(({ status }) => status === "fulfilled");
      expect(existing).toMatchObject({ activeCohort: `coh_${won}`, activeCalibration: `cal_${won}` });
    });
  });
}
