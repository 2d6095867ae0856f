import { describe, expect, test } from "vitest";
import type { CalibrationRecord } from "../../lib/ports/calibration.ts";
import type { Calibration } from "../../lib/score/scoring/types.ts";
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeModel } from "../support/fake-embedder.ts";
import { ELSEWHERE, HERE, MODEL, type OpenStore } from "./store.ts";

const rate = {
  rate: 1 / 3,
  low: 0,
  high: 0.9,
  trials: 3,
  speakers: 2,
  effectiveTrials: 2.5,
  clopperPearson: { low: 0, high: 0.9 },
};
const calibration = (id: Calibration["id"], given: Partial<Calibration> = {}): Calibration => ({
  ...fakeCalibration(fakeModel()),
  id,
  margin: { llr: Math.LN2 / 3, misidentified: rate, ambiguous: 0.25, searched: 60 },
  ...given,
});
const record = (
  id: Calibration["id"],
  given: Partial<Calibration> = {},
  registryId: CalibrationRecord["registryId"] = HERE,
): CalibrationRecord => ({
  registryId,
  calibration: calibration(id, given),
  createdAt: "2026-01-01T00:00:00.000Z",
  report: {
    origin: "registry",
    speakers: 60,
    usableSpeakers: 61,
    skippedSpeakers: 1,
    genuineTrials: 240,
    impostorTrials: 14_160,
    missing: [],
    comparison: {
      against: "cal_bundled",
      candidate: { cllr: 0.1 + 0.2, eer: 1 / 7, crossValidated: true },
      active: null,
      trials: 14_400,
      decisions: { looked: 3, changed: 1, kinds: { "accept to reject": 1 } },
    },
  },
});

export function calibrationStoreContract(open: OpenStore): void {
  describe("calibration store", () => {
    test("returns a calibration as it was put, to the last bit, only in its own registry", async () => {
      const { one, other } = await open();
      expect(await one.calibrations.get(HERE, "cal_a")).toBeUndefined();
      expect(await one.calibrations.put(record("cal_a"))).toBe(true);
      expect(await other.calibrations.get(HERE, "cal_a")).toStrictEqual(record("cal_a"));
      expect(await other.calibrations.get(ELSEWHERE, "cal_a")).toBeUndefined();
    });

    test("does not replace an existing calibration", async () => {
      const { one, other } = await open();
      await one.calibrations.put(record("cal_a"));
      expect(await other.calibrations.put(record("cal_a", { source: "another" }))).toBe(false);
      expect(await one.calibrations.get(HERE, "cal_a")).toStrictEqual(record("cal_a"));
    });

    test("lists by registry and model, in order of creation", async () => {
      const { one, other } = await open();
      const all = [
        record("cal_b"),
        record("cal_a"),
        record("cal_model", { modelId: "mdl_other" }),
        record("cal_far", {}, ELSEWHERE),
      ];
      for (const each of all) await one.calibrations.put(each);
      expect(await other.calibrations.list(HERE, MODEL)).toStrictEqual([all[0], all[1]]);
      expect(await other.calibrations.list(ELSEWHERE, MODEL)).toStrictEqual([all[3]]);
      expect(await other.calibrations.list(HERE, "mdl_none")).toEqual([]);
    });

    test("the bundled calibration comes with the model and is not one of the registry's own", async () => {
      const { one } = await open();
      const { id } = await one.calibrations.bundled(MODEL);
      expect(await one.calibrations.get(HERE, id)).toBeUndefined();
    });
  });
}
