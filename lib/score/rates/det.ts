import { rocPoints } from "./metrics.ts";

/** One operating point; rates as fractions. */
type DetPoint = { far: number; frr: number; threshold: number };

/**
 * Returns operating points for a DET curve (Martin et al. 1997, doi:10.21437/Eurospeech.1997-504).
 * FAR rises and FRR falls, both strictly between 0 and 1, because the normal deviate of 0 or 1 is
 * infinite. Among points closer than `step` to the last one kept, in units of ln(odds), only the
 * last is kept, so that 100,000 trials give a few hundred points.
 */
export function detPoints(genuine: ArrayLike<number>, impostor: ArrayLike<number>, step = 0.02): DetPoint[] {
  const { thresholds, far, frr } = rocPoints(genuine, impostor);
  const points: DetPoint[] = [];
  let pending: DetPoint | undefined;
  for (let i = 0; i < far.length; i++) {
    if (!(far[i] > 0 && frr[i] > 0 && far[i] < 1 && frr[i] < 1)) continue;
    const here = { far: far[i], frr: frr[i], threshold: thresholds[i] };
    const last = points.at(-1);
    if (!last || distance(last, here) >= step) {
      if (pending && last && distance(pending, here) >= step) points.push(pending);
      points.push(here);
      pending = undefined;
    } else pending = here;
  }
  if (pending) points.push(pending);
  return points;
}

/** Returns the larger of the two differences in ln(odds). */
function distance(a: DetPoint, b: DetPoint): number {
  const logit = (x: number) => Math.log(x / (1 - x));
  return Math.max(Math.abs(logit(a.far) - logit(b.far)), Math.abs(logit(a.frr) - logit(b.frr)));
}
