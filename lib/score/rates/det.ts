import { rocPoints } from "./metrics.ts";

/** One operating point; rates as fractions. */
export type DetPoint = { far: number; frr: number; threshold: number };

/**
 * Operating points for a DET curve (Martin et al. 1997, doi:10.21437/Eurospeech.1997-504): FAR rises, FRR falls, both strictly
 * between 0 and 1, since the normal deviate of 0 or 1 is infinite. Of points nearer than `step` to the last one kept, in units of
 * ln(odds), only the last is kept, so that 100,000 trials make a few hundred points.
 */
export function detPoints(genuine: ArrayLike<number>, impostor: ArrayLike<number>, step = 0.02): DetPoint[] {
  const { thresholds, far, frr } = rocPoints(genuine, impostor);
  const points: DetPoint[] = [];
  let waiting: DetPoint | undefined;
  for (let i = 0; i < far.length; i++) {
    if (!(far[i] > 0 && frr[i] > 0 && far[i] < 1 && frr[i] < 1)) continue;
    const here = { far: far[i], frr: frr[i], threshold: thresholds[i] };
    const last = points.at(-1);
    if (!last || distance(last, here) >= step) {
      if (waiting && last && distance(waiting, here) >= step) points.push(waiting);
      points.push(here);
      waiting = undefined;
    } else waiting = here;
  }
  if (waiting) points.push(waiting);
  return points;
}

/** The larger of the two moves. */
function distance(a: DetPoint, b: DetPoint): number {
  const logit = (x: number) => Math.log(x / (1 - x));
  return Math.max(Math.abs(logit(a.far) - logit(b.far)), Math.abs(logit(a.frr) - logit(b.frr)));
}
