import type { CalibrationId } from "../../id.ts";
import type { UsualMethod } from "../scoring/types.ts";
import type { MissingKind } from "./fit.ts";

/**
 * Quality of a calibration's likelihood ratios. EER is a fraction; Cllr in bits: 0 is perfect, 1
 * carries no information.
 */
export type Quality = { cllr: number; eer: number };

/** How many of the registry's past decisions another calibration would change. */
export type DecisionChanges = {
  /** Decisions with a score under the same model and cohort; others can't be compared. */
  looked: number;
  changed: number;
  /** Counts by "accept to reject" and the like. */
  kinds: Readonly<Record<string, number>>;
};

export type Comparison = {
  /** The calibration that was active. */
  against: CalibrationId;
  /**
   * Measured on speakers that it wasn't fitted on: one half is fitted, the other measured, then
   * swapped.
   */
  candidate: Quality & { crossValidated: boolean };
  /** Null if it has no thresholds for this cohort. */
  active: Quality | null;
  /** The trials that both were measured on. */
  trials: number;
  decisions: DecisionChanges;
};

/** The origin of a calibration, for people. */
export type CalibrationReport = {
  /**
   * The methods compared, on speakers that weren't fitted on; undefined if there were too few, or
   * in old reports.
   */
  scoring?: readonly (Quality & { method: UsualMethod })[] | undefined;
  origin: "registry" | "trials";
  /** Speakers in the trials used. */
  speakers: number;
  /** Speakers of the registry that could be used; more than `speakers` if a sample was drawn. */
  usableSpeakers: number;
  /** Speakers with fewer than two clips of this model. */
  skippedSpeakers: number;
  genuineTrials: number;
  impostorTrials: number;
  /** Kinds of trial that use wider tables. */
  missing: readonly MissingKind[];
  comparison: Comparison;
};
