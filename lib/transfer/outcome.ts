import type { Services } from "../ports/services.ts";

/** What to do with a line that differs from the stored data. `fail`: write nothing. */
export const ON_CONFLICT = ["fail", "skip", "replace"] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

/** Why a line is skipped. */
export type SkipReason = "consent-required" | "differs" | "opted-out" | "speaker-missing" | "uid-taken";

/**
 * What an import does with a line. `completed`: the registry has it already, but the file adds what
 * is missing (recordings, group members). `left`: skipped.
 */
export type LineOutcome =
  | { state: "completed" | "imported" | "replaced" | "unchanged" }
  | { state: "left"; why: SkipReason };

export const UNCHANGED: LineOutcome = { state: "unchanged" };
export const IMPORTED: LineOutcome = { state: "imported" };

export const skipped = (why: SkipReason): LineOutcome => ({ state: "left", why });

export const conflictOutcome = (onConflict: OnConflict): LineOutcome =>
  onConflict === "replace" ? { state: "replaced" } : skipped("differs");

export const isWritten = ({ state }: LineOutcome): boolean => state !== "left" && state !== "unchanged";

export type ImportNeeds = Pick<
  Services,
  | "active"
  | "calibrations"
  | "backgroundTasks"
  | "candidates"
  | "clips"
  | "clock"
  | "cohorts"
  | "embedder"
  | "groups"
  | "optOuts"
  | "random"
  | "registries"
  | "formerSecrets"
  | "secret"
  | "speakers"
  | "templateKeys"
>;
