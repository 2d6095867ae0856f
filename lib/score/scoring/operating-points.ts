import { thresholdAtFar } from "../rates/metrics.ts";
import type { LackingPoint, OperatingPoint } from "./types.ts";

/**
 * Returns thresholds at target FARs, each with the FRR measured there; ascending FAR. Omits a
 * target without enough trials for the rule of 3 (impostorTrials * far < 3: Hanley and Lippman-Hand
 * 1983, doi:10.1001/jama.1983.03330370053031), and a target that no threshold meets.
 */
export function operatingPoints(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  fars: readonly number[],
): OperatingPoint[] {
  const supported = fars.filter((far) => impostor.length * far >= 3 - 1e-9).sort((a, b) => a - b);
  return supported.flatMap((far) => {
    const threshold = thresholdAtFar(genuine, impostor, far);
    if (threshold === undefined) return [];
    const rejected = Array.from(genuine).filter((score) => score < threshold).length;
    const [genuineTrials, impostorTrials] = [genuine.length, impostor.length];
    return [{ far, threshold, frr: rejected / genuineTrials, genuineTrials, impostorTrials }];
  });
}

/** Returns the impostor trials that the rule of 3 demands for a false-accept rate. */
const neededTrials = (far: number): number => Math.ceil(3 / far - 1e-9);

/**
 * Returns the targets that `operatingPoints` omits for lack of trials, and how many more speakers
 * would be enough. Impostor trials grow as speakers * (speakers - 1).
 *
 * speakers  different people in the impostor trials
 */
export function lackingPoints(
  impostorTrials: number,
  speakers: number,
  fars: readonly number[],
): LackingPoint[] {
  return fars
    .filter((far) => impostorTrials < neededTrials(far))
    .sort((a, b) => a - b)
    .map((far) => {
      const needed = neededTrials(far);
      const perPair = Math.max(impostorTrials, 1) / Math.max(speakers * (speakers - 1), 1);
      const enough = Math.ceil((1 + Math.sqrt(1 + (4 * needed) / perPair)) / 2);
      const moreSpeakers = Math.max(1, enough - speakers);
      return { far, impostorTrials, neededTrials: needed, moreSpeakers };
    });
}
