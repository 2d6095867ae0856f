/** One weighted sum over trials: loss, gradient and curvature of the objective at (slope, offset). */
type Local = { loss: number; gradient: [number, number]; curvature: [number, number, number] };
type Line = { slope: number; offset: number };

/** Keeps the slope finite when the classes do not overlap; moves it by less than a thousandth when they do. */
const RIDGE = 1e-6;
const MAX_STEPS = 100;

/**
 * Line a*x + b that minimises mean ln(1 + e^-(a*x + b)) over `positive` plus mean ln(1 + e^(a*x + b)) over `negative`,
 * halved, plus 1e-6/2 * (a^2 + b^2): each class weighs one half, however many members it has.
 * Newton's method with step halving; the objective is strictly convex, so there is one minimum.
 */
export function logisticLine(positive: Float64Array, negative: Float64Array): Line {
  let line: Line = { slope: 0, offset: 0 };
  let here = localAt(line, positive, negative);
  for (let step = 0; step < MAX_STEPS; step++) {
    const [ga, gb] = here.gradient;
    if (Math.hypot(ga, gb) < 1e-12) break;
    const [haa, hab, hbb] = here.curvature;
    const det = haa * hbb - hab * hab;
    const move = { slope: (hbb * ga - hab * gb) / det, offset: (haa * gb - hab * ga) / det };
    const next = descend(line, move, here.loss, positive, negative);
    if (!next) break;
    ({ line, here } = next);
  }
  return line;
}

/** The longest of the full Newton step and its halves that lowers the loss; undefined at the rounding floor. */
function descend(from: Line, move: Line, loss: number, positive: Float64Array, negative: Float64Array) {
  for (let scale = 1; scale > 1e-9; scale /= 2) {
    const line = { slope: from.slope - scale * move.slope, offset: from.offset - scale * move.offset };
    const here = localAt(line, positive, negative);
    if (here.loss < loss) return { line, here };
  }
  return undefined;
}

function localAt({ slope, offset }: Line, positive: Float64Array, negative: Float64Array): Local {
  let loss = (RIDGE / 2) * (slope * slope + offset * offset);
  let [ga, gb] = [RIDGE * slope, RIDGE * offset];
  let [haa, hab, hbb] = [RIDGE, 0, RIDGE];
  const add = (xs: Float64Array, sign: 1 | -1) => {
    const weight = 0.5 / xs.length;
    for (const x of xs) {
      const margin = sign * (slope * x + offset);
      const wrong = 1 / (1 + Math.exp(margin));
      loss += weight * (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))));
      const g = -sign * weight * wrong;
      const h = weight * wrong * (1 - wrong);
      ga += g * x;
      gb += g;
      haa += h * x * x;
      hab += h * x;
      hbb += h;
    }
  };
  add(positive, 1);
  add(negative, -1);
  return { loss, gradient: [ga, gb], curvature: [haa, hab, hbb] };
}
