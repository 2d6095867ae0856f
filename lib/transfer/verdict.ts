import type { Services } from "../ports/services.ts";

/** What happens to a line whose id stands already with other content: `fail` writes nothing of the file at all. */
export const ON_CONFLICT = ["fail", "skip", "replace"] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

/** Why a line is left: what stands here is something else, or must not be made. */
export type LeftWhy = "consent-required" | "differs" | "opted-out" | "uid-taken";

/**
 * What a line means for what stands here. `completed`: the same, and what it lacks is added (recordings, members).
 */
export type Verdict =
  | { state: "completed" | "imported" | "replaced" | "unchanged" }
  | { state: "left"; why: LeftWhy };

export const UNCHANGED: Verdict = { state: "unchanged" };
export const IMPORTED: Verdict = { state: "imported" };

export const differs = (onConflict: OnConflict): Verdict =>
  onConflict === "replace" ? { state: "replaced" } : { state: "left", why: "differs" };

export const isWritten = ({ state }: Verdict): boolean => state !== "left" && state !== "unchanged";

export type ImportNeeds = Pick<
  Services,
  | "active"
  | "calibrations"
  | "backgroundTasks"
  | "clips"
  | "clock"
  | "cohorts"
  | "embedder"
  | "groups"
  | "random"
  | "registries"
  | "speakers"
>;
