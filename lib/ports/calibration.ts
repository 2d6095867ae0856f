import type { CalibrationId, CohortId, ModelId, RegistryId } from "../id.ts";
import type { CalibrationReport } from "../score/fit/report.ts";
import type { Calibration } from "../score/scoring/types.ts";

/** What comes with a model, the same for every registry. */
export type BundledCalibrations = {
  /** Without tables where nothing was measured. Rejects with RangeError for a model that it does not come with. */
  bundled(modelId: ModelId): Promise<Calibration>;
};

/** A calibration of the registry's own, as it was fitted. */
export type CalibrationRecord = {
  registryId: RegistryId;
  calibration: Calibration;
  report: CalibrationReport;
  createdAt: string;
};

export type CalibrationStore = BundledCalibrations & {
  /** Undefined for an unknown one, the bundled one included. */
  get(registryId: RegistryId, calibrationId: CalibrationId): Promise<CalibrationRecord | undefined>;
  /** Immutable; durable when it resolves. False where it stood already: it stays as it was. */
  put(record: CalibrationRecord): Promise<boolean>;
  /** The registry's own under this model, in the order they were made. */
  list(registryId: RegistryId, modelId: ModelId): Promise<readonly CalibrationRecord[]>;
};

/**
 * What a registry measures with under one model. An undefined id stands for the one that is bundled with the model.
 * Cohort and calibration stand in one record, so that they can be switched together.
 */
export type Active = {
  registryId: RegistryId;
  modelId: ModelId;
  activeCohort?: CohortId | undefined;
  previousCohort?: CohortId | undefined;
  activeCalibration?: CalibrationId | undefined;
  previousCalibration?: CalibrationId | undefined;
  /** 1 on first write; each change adds 1. */
  version: number;
  updatedAt: string;
};

export type ActiveStore = {
  /** Undefined where nothing was ever chosen: all is bundled. Strongly consistent. */
  get(registryId: RegistryId, modelId: ModelId): Promise<Active | undefined>;
  /**
   * Version 1 succeeds only where no record stands; version v > 1 only over version v - 1; else rejects with
   * `write-contention`. Durable when it resolves.
   */
  put(active: Active): Promise<void>;
};
