import type { CalibrationId, CohortId, ModelId, RegistryId } from "../id.ts";
import type { CalibrationReport } from "../score/fit/report.ts";
import type { Calibration } from "../score/scoring/types.ts";

/** Calibrations that ship with a model. They are the same for every registry. */
export type BundledCalibrations = {
  /**
   * Has no tables if nothing was measured for the model. Rejects with RangeError for an unknown
   * model.
   */
  bundled(modelId: ModelId): Promise<Calibration>;
};

/** A calibration that was fitted on the registry's own speakers. */
export type CalibrationRecord = {
  registryId: RegistryId;
  calibration: Calibration;
  report: CalibrationReport;
  createdAt: string;
};

export type CalibrationStore = BundledCalibrations & {
  /** Undefined for an unknown calibration and for the bundled one. */
  get(registryId: RegistryId, calibrationId: CalibrationId): Promise<CalibrationRecord | undefined>;
  /**
   * Durable when it resolves. Records never change: resolves to false if the calibration exists.
   */
  put(record: CalibrationRecord): Promise<boolean>;
  /** The registry's own calibrations for this model, in order of creation. */
  list(registryId: RegistryId, modelId: ModelId): Promise<readonly CalibrationRecord[]>;
};

/**
 * The cohort and the calibration that a registry uses with a model. An undefined ID means the one
 * that ships with the model. One record holds both, so that they can be switched together.
 */
export type Active = {
  registryId: RegistryId;
  modelId: ModelId;
  activeCohort?: CohortId | undefined;
  previousCohort?: CohortId | undefined;
  activeCalibration?: CalibrationId | undefined;
  previousCalibration?: CalibrationId | undefined;
  /** 1 on first write. Each change adds 1. */
  version: number;
  updatedAt: string;
};

/** The choices of a registry by model, as they are stored with it. */
export type ActiveChoices = Readonly<Record<ModelId, Omit<Active, "modelId" | "registryId">>>;

export type ActiveStore = {
  /**
   * Undefined if the registry has made no choice and uses what ships with the model. Strongly
   * consistent.
   */
  get(registryId: RegistryId, modelId: ModelId): Promise<Active | undefined>;
  /**
   * Puts version 1 if no record exists, and version v > 1 over version v - 1. Otherwise rejects
   * with `write-contention`. Durable when it resolves.
   */
  put(active: Active): Promise<void>;
};
