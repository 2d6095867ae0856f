import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../lib/domain/registry/registry.ts";
import type { Active } from "../../lib/ports/calibration.ts";
import type { Registry } from "../../lib/ports/registry.ts";
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

/** Registries that were created before have their choices in documents of their own. */
const registry = (active: Registry["active"]): Registry => ({
  ...{ registryId: HERE, name: "here", suspended: false, settings: DEFAULT_SETTINGS },
  ...(active ? { active } : {}),
});

export function activeStoreContract(openStore: OpenStore): void {
  describe.each([
    ["active store", {}],
    ["active store of an older registry", undefined],
  ] as const)("%s", (_, active) => {
    const open: OpenStore = async () => {
      const opened = await openStore();
      await opened.one.registries.put(registry(active));
      return opened;
    };

    test("returns a choice as it was put, by registry and model, and undefined without one", async () => {
      const { one, other } = await open();
      expect(await one.active.get(HERE, MODEL)).toBeUndefined();
      await one.active.put(chosen(1));
      expect(await other.active.get(HERE, MODEL)).toStrictEqual(chosen(1));
      const read = await other.registries.get(HERE);
      const { registryId: _registry, modelId: _model, ...choice } = chosen(1);
      expect(read).toStrictEqual(registry(active && { [MODEL]: choice }));
      const [listed] = await other.registries.list();
      expect(listed).toStrictEqual(registry(undefined));
      expect(await other.active.get(ELSEWHERE, MODEL)).toBeUndefined();
      expect(await other.active.get(HERE, "mdl_other")).toBeUndefined();
    });

    test("accepts a change only over the version before it; a rejected change writes nothing", async () => {
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

    test("grants one of many concurrent changes, and keeps its cohort and calibration together", async () => {
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

    test("a choice and a change of the settings at the same time are both kept", async () => {
      const { one, other } = await open();
      await Promise.all([
        one.active.put(chosen(1)),
        other.registries.change(HERE, (found) => ({ ...found, suspended: true })),
      ]);
      expect(await one.active.get(HERE, MODEL)).toStrictEqual(chosen(1));
      expect(await one.registries.get(HERE)).toMatchObject({ suspended: true, name: "here" });
    });
  });
}
