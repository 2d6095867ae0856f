/** Speech of several people as a hidden Markov model. */
export type HmmSettings = {
  /** Weight of the windows' likelihoods: windows that overlap are not independent. 0..1 */
  evidence: number;
  /** Weight of the speakers' priors; larger values end with fewer speakers. */
  regularization: number;
  /** [windows] how probable it is that a window has the speaker of the one before. 0..1 */
  loop: Float64Array;
};

export type Assignment = {
  /** [windows][speakers] row-major, how probable it is that the window is of the speaker. */
  posteriors: Float64Array;
  /** [speakers] their shares; about 0 for those that the model doesn't need. */
  shares: Float64Array;
};

const MOST_ITERATIONS = 40;
/** Stops once the evidence lower bound rises by less. */
const LEAST_RISE = 1e-4;
const LEAST_SHARE = 1e-10;

/**
 * Assigns windows to speakers by variational Bayes inference in a hidden Markov model (VBx), and
 * drops speakers that explain nothing.
 *
 * windows   [windows][dimension] row-major, in coordinates in which windows of one speaker vary
 *           with unit covariance
 * between   [dimension] variance of the speakers' means in these coordinates
 * initial   [windows][speakers] row-major, rows sum to 1
 *
 * Source: Landini et al. 2022, doi:10.1016/j.csl.2021.101254, equations 15 to 24. `evidence` is
 * F_A, `regularization` F_B, `loop` P_loop. Equal to a separate implementation in NumPy
 * (test/golden/diarize/make.py).
 */
export function vbHmm(
  windows: Float32Array,
  between: Float64Array,
  initial: Float64Array,
  settings: HmmSettings,
): Assignment {
  const dimension = between.length;
  const count = windows.length / dimension;
  const speakers = initial.length / count;
  const scaled = windows.map((x, i) => x * Math.sqrt(between[i % dimension]));
  const constants = constantsOf(windows, dimension);
  let posteriors = initial;
  let shares = new Float64Array(speakers).fill(1 / speakers);
  let bound = Number.NEGATIVE_INFINITY;
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const model = speakerModels(scaled, between, posteriors, speakers, settings);
    const likelihoods = logLikelihoods(scaled, between, constants, model, settings);
    const found = forwardBackward(likelihoods, shares, settings.loop);
    const next = found.logEvidence + (settings.regularization / 2) * model.priorBound;
    posteriors = found.posteriors;
    shares = found.shares;
    if (next - bound < LEAST_RISE * Math.abs(next)) break;
    bound = next;
  }
  return { posteriors, shares };
}

type Models = {
  /** [speakers][dimension] */
  means: Float64Array;
  variances: Float64Array;
  priorBound: number;
};

/** log of the standard normal density of each window. */
function constantsOf(windows: Float32Array, dimension: number): Float64Array {
  return Float64Array.from({ length: windows.length / dimension }, (_, w) => {
    let sum = dimension * Math.log(2 * Math.PI);
    for (let d = 0; d < dimension; d++) sum += windows[w * dimension + d] ** 2;
    return -sum / 2;
  });
}

function speakerModels(
  scaled: Float32Array,
  between: Float64Array,
  posteriors: Float64Array,
  speakers: number,
  { evidence, regularization }: HmmSettings,
): Models {
  const dimension = between.length;
  const count = scaled.length / dimension;
  const ratio = evidence / regularization;
  const weights = new Float64Array(speakers);
  const means = new Float64Array(speakers * dimension);
  for (let w = 0; w < count; w++) {
    for (let s = 0; s < speakers; s++) {
      const weight = posteriors[w * speakers + s];
      if (weight < LEAST_SHARE) continue;
      weights[s] += weight;
      for (let d = 0; d < dimension; d++) means[s * dimension + d] += weight * scaled[w * dimension + d];
    }
  }
  const variances = new Float64Array(speakers * dimension);
  let priorBound = 0;
  for (let s = 0; s < speakers; s++) {
    for (let d = 0; d < dimension; d++) {
      const at = s * dimension + d;
      variances[at] = 1 / (1 + ratio * weights[s] * between[d]);
      means[at] *= ratio * variances[at];
      priorBound += Math.log(variances[at]) - variances[at] - means[at] ** 2 + 1;
    }
  }
  return { means, variances, priorBound };
}

/** [windows][speakers], weighted by `evidence` */
function logLikelihoods(
  scaled: Float32Array,
  between: Float64Array,
  constants: Float64Array,
  { means, variances }: Models,
  { evidence }: HmmSettings,
): Float64Array {
  const dimension = between.length;
  const speakers = means.length / dimension;
  const penalties = Float64Array.from({ length: speakers }, (_, s) => {
    let sum = 0;
    for (let d = 0; d < dimension; d++) {
      const at = s * dimension + d;
      sum += (variances[at] + means[at] ** 2) * between[d];
    }
    return sum / 2;
  });
  const all = new Float64Array(constants.length * speakers);
  for (let w = 0; w < constants.length; w++) {
    for (let s = 0; s < speakers; s++) {
      let dot = 0;
      for (let d = 0; d < dimension; d++) dot += scaled[w * dimension + d] * means[s * dimension + d];
      all[w * speakers + s] = evidence * (dot - penalties[s] + constants[w]);
    }
  }
  return all;
}

/**
 * A window has the speaker of the one before with probability `loop`, or else a speaker drawn by
 * their shares. Each row is scaled to sum to 1.
 */
function forwardBackward(logs: Float64Array, shares: Float64Array, loop: Float64Array) {
  const speakers = shares.length;
  const count = logs.length / speakers;
  const likely = new Float64Array(logs.length);
  const forward = new Float64Array(logs.length);
  const scales = new Float64Array(count);
  let logEvidence = 0;
  for (let w = 0; w < count; w++) {
    const at = w * speakers;
    let most = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < speakers; s++) most = Math.max(most, logs[at + s]);
    let sum = 0;
    for (let s = 0; s < speakers; s++) {
      likely[at + s] = Math.exp(logs[at + s] - most);
      const prior = w === 0 ? shares[s] : loop[w] * forward[at - speakers + s] + (1 - loop[w]) * shares[s];
      forward[at + s] = prior * likely[at + s];
      sum += forward[at + s];
    }
    for (let s = 0; s < speakers; s++) forward[at + s] /= sum;
    scales[w] = sum;
    logEvidence += Math.log(sum) + most;
  }
  const posteriors = new Float64Array(logs.length);
  const drawn = new Float64Array(speakers);
  let backward = new Float64Array(speakers).fill(1);
  for (let w = count - 1; w >= 0; w--) {
    const at = w * speakers;
    const stay = w === 0 ? 0 : loop[w];
    let jump = 0;
    for (let s = 0; s < speakers; s++) {
      posteriors[at + s] = forward[at + s] * backward[s];
      const ahead = (likely[at + s] * backward[s]) / scales[w];
      jump += shares[s] * ahead;
      // The probability that this window began a turn of the speaker.
      drawn[s] += (1 - stay) * shares[s] * ahead;
    }
    const next = new Float64Array(speakers);
    for (let s = 0; s < speakers; s++)
      next[s] = (stay * likely[at + s] * backward[s]) / scales[w] + (1 - stay) * jump;
    backward = next;
  }
  const total = drawn.reduce((sum, x) => sum + x, 0);
  return { posteriors, shares: drawn.map((x) => x / total), logEvidence };
}
