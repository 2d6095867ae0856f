import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";
import type { ManifestLine } from "./lines.ts";

export type JobNeeds = EnrollNeeds &
  Pick<
    Services,
    | "audit"
    | "backgroundTasks"
    | "candidates"
    | "decisions"
    | "erasures"
    | "gallery"
    | "groups"
    | "heardProbes"
    | "jobs"
    | "keys"
    | "limits"
    | "speakerRejects"
    | "registries"
    | "uploadFiles"
    | "uploads"
    | "uriFiles"
  > & {
    /**
     * Parses a line of a manifest at a URI, without its line feed; undefined stands for one that is
     * too long. The format is the HTTP API's, so the entries hand this in.
     */
    parseLine?(line: Uint8Array | undefined): ManifestLine;
  };

/** How often a line, or a job without lines, may crash the process or hit a defect. */
export const TRIES = 3;

/**
 * Stores a change of the job; with a result, also advances it by one line. Rejects with
 * `write-contention` if another worker has changed the job.
 */
export type Save = (change: Partial<Job>, result?: Omit<JobResult, "line">) => Promise<void>;

/** What a step of a job gets besides the job. */
export type StepContext = {
  save: Save;
  /** True once the process is closing or another task should get its turn. */
  isOver(): boolean;
  signal?: AbortSignal | undefined;
  /** Receives defects that cost an attempt. */
  report?: ((error: unknown) => void) | undefined;
};
