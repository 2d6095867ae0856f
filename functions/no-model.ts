import type { AppError } from "../lib/error.ts";
import type { BundledCalibrations, BundledCohorts, Embedder } from "../lib/ports.ts";

type Bundle = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };

/**
 * Stands in for a model that cannot be loaded: whatever asks it gets the reason. Even `model` does, since a status such
 * as `needs-reenrolment` would otherwise be told of everyone.
 */
export function bundleStandIn(reason: AppError): Bundle {
  const refuse = () => Promise.reject(reason);
  return {
    embedder: {
      get model(): never {
        throw reason;
      },
      hear: refuse,
      check: refuse,
      close: async () => undefined,
    },
    cohorts: { bundled: refuse },
    calibrations: { bundled: refuse },
  };
}
