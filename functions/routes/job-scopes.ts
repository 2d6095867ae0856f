import type { Scope } from "../../lib/ports/registry.ts";
import type { JobView } from "../../lib/schema/job.ts";

/** Which of them a job needs depends on its kind. */
export const JOB_SCOPES: readonly Scope[] = ["speakers:write", "calibrations", "identify"];
export const SCOPE_OF: Readonly<Record<JobView["kind"], Scope>> = {
  "enroll-batch": "speakers:write",
  "re-embed": "speakers:write",
  "refresh-statistics": "calibrations",
  diarize: "identify",
  calibrate: "calibrations",
  "build-cohort": "calibrations",
};
