import { AppError } from "../../error.ts";
import type { BundledCalibrations } from "../../ports/calibration.ts";
import type { BundledCohorts } from "../../ports/cohort.ts";
import type { Embedder } from "../../ports/model.ts";

/**
 * Returns a bundle that fails every request, for an entry point that can't open its model. Writes
 * the reason to stderr; rethrows other errors. Clients don't get the reason because it contains
 * paths of this machine.
 */
export function withoutModel(error: unknown): Bundle {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(
    `voiceroll: ${error.message}. Until this is fixed, /ready and requests with audio return 503.\n`,
  );
  const detail = "The model couldn't be loaded. The first lines of the server's log contain the reason.";
  return bundleStandIn(new AppError("model-unavailable", detail, { cause: error }));
}

type Bundle = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };

/**
 * Returns a bundle in which every call fails with `reason`. Reading `model` fails too: otherwise
 * every speaker would be reported as `needs-reenrollment`.
 */
export function bundleStandIn(reason: AppError): Bundle {
  const refuse = () => Promise.reject(reason);
  return {
    embedder: {
      get model(): never {
        throw reason;
      },
      ...callsWithoutNetwork(reason),
    },
    cohorts: { bundled: refuse },
    calibrations: { bundled: refuse },
  };
}

/** Returns the calls of an embedder that has no network: all but `close` fail with `reason`. */
export function callsWithoutNetwork(reason: Error): Omit<Embedder, "model"> {
  const refuse = () => Promise.reject(reason);
  return {
    embed: refuse,
    cut: refuse,
    hear: refuse,
    diarize: refuse,
    seconds: refuse,
    check: refuse,
    close: async () => undefined,
  };
}
