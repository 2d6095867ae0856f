import type { CalibrationId } from "../../id.ts";
import type { UsualMethod } from "../scoring/types.ts";
import type { MissingKind } from "./fit.ts";

/** How well a calibration's likelihood ratios tell the trials apart. Rates are fractions; Cllr in bits, 0 perfect, 1 nothing. */
export type Quality = { cllr: number; eer: number };

/** How many of the registry's past decisions another calibration would make otherwise. */
export type DecisionChanges = {
  /** Decisions with a score under the same model and cohort; the others cannot be made again. */
  looked: number;
  changed: number;
  /** By "accept to reject" and the like. */
  kinds: Readonly<Record<string, number>>;
};

export type Comparison = {
  /** The calibration that was active. */
  against: CalibrationId;
  /** Measured on speakers that it was not fitted on: half fits, the other half measures, and turned about. */
  candidate: Quality & { crossValidated: boolean };
  /** Null where it has no thresholds for this cohort. */
  active: Quality | null;
  /** Trials that both were measured on. */
  trials: number;
  decisions: DecisionChanges;
};

/** Where a calibration came from, for people. */
export type CalibrationReport = {
  /** What it chose between, on speakers that took no part in fitting; undefined where they were too few, or not kept yet. */
  scoring?: readonly (Quality & { method: UsualMethod })[] | undefined;
  origin: "registry" | "trials";
  /** Whose trials were used. */
  speakers: number;
  /** Of the registry, that could have been used; above `speakers` where it was drawn from more. */
  usableSpeakers: number;
  /** With fewer than two clips of this model. */
  skippedSpeakers: number;
  genuineTrials: number;
  impostorTrials: number;
  /** Kinds of trial that wider tables judge. */
  missing: readonly MissingKind[];
  comparison: Comparison;
};
