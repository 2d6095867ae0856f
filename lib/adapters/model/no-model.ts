import { AppError } from "../../error.ts";
import type { BundledCalibrations } from "../../ports/calibration.ts";
import type { BundledCohorts } from "../../ports/cohort.ts";
import type { Embedder } from "../../ports/model.ts";

/**
 * For an entry whose model did not open: says why on stderr and goes on with a stand-in; other faults are thrown again. The
 * reason names files of this machine: for whoever runs the service, not for who asks it.
 */
export function withoutModel(error: unknown): Bundle {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`voiceroll: ${error.message}. Until it is mended, /ready and audio get 503.\n`);
  const detail = "The model could not be loaded; the server's first lines say why.";
  return bundleStandIn(new AppError("model-unavailable", detail, { cause: error }));
}

type Bundle = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };

/**
 * Stands in for a model that cannot be loaded: whatever asks it gets the reason. Even `model` does, since a status such
 * as `needs-reenrollment` would otherwise be told of everyone.
 */
export function bundleStandIn(reason: AppError): Bundle {
  const refuse = () => Promise.reject(reason);
  return {
    embedder: {
      get model(): never {
        throw reason;
      },
      embed: refuse,
      check: refuse,
      close: async () => undefined,
    },
    cohorts: { bundled: refuse },
    calibrations: { bundled: refuse },
  };
}
