/**
 * Low-pass filters for the resampler: one row of taps for each position between two input samples.
 */
export type FilterBank = {
  /** Output rate over input rate in lowest terms, if both are whole numbers. */
  up: number;
  down: number;
  /** Taps of one row; a multiple of 4. */
  taps: number;
  /**
   * Positions between two input samples; row p is at p / phases. One more row closes the last gap.
   */
  phases: number;
  /** Whether outputs fall between rows, because there are too many positions for a row each. */
  interpolate: boolean;
  /**
   * [phases + 1][taps]; tap taps/2 - 1 falls on the input sample at or before the output's time.
   */
  rows: Float32Array;
};

const STOP_BAND_DB = 80;
/**
 * More phases than this are interpolated. Linear interpolation between 512 rows has an error below
 * -100 dB.
 */
const MAX_PHASES = 640;
const MANY_PHASES = 512;
/** Bounds the memory for past rates: a caller may send any rate. */
const MAX_CACHED = 8;
const cache = new Map<string, FilterBank>();

/**
 * Returns filters that pass up to passHz and stop from stopHz, with unit gain at 0 Hz. Caches the
 * latest few.
 */
export function filterBank(fromHz: number, toHz: number, passHz: number, stopHz: number): FilterBank {
  const key = `${fromHz} ${toHz} ${passHz} ${stopHz}`;
  const known = cache.get(key);
  if (known) return known;
  const bank = design(fromHz, toHz, passHz, stopHz);
  const oldest = cache.keys().next().value;
  if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest);
  cache.set(key, bank);
  return bank;
}

/** Kaiser's formulas for length and beta. Kaiser 1974; Oppenheim and Schafer, section 7.5. */
function design(fromHz: number, toHz: number, passHz: number, stopHz: number): FilterBank {
  const divisor = gcd(fromHz, toHz);
  const up = toHz / divisor;
  const interpolate = up > MAX_PHASES;
  const phases = interpolate ? MANY_PHASES : up;
  const width = (stopHz - passHz) / fromHz;
  const taps = 4 * Math.ceil((STOP_BAND_DB - 7.95) / (14.36 * width) / 4);
  const beta = 0.1102 * (STOP_BAND_DB - 8.7);
  const cut = (passHz + stopHz) / fromHz;
  const rows = new Float32Array((phases + 1) * taps);
  for (let p = 0; p <= phases; p++) {
    const row = Float64Array.from({ length: taps }, (_, k) => {
      const t = k - (taps / 2 - 1) - p / phases;
      return sinc(cut * t) * bessel(beta * Math.sqrt(Math.max(0, 1 - (t / (taps / 2)) ** 2)));
    });
    // All rows have the same sum, so that a constant comes out constant, without a ripple at the
    // output rate.
    const sum = row.reduce((total, x) => total + x, 0);
    rows.set(
      row.map((x) => x / sum),
      p * taps,
    );
  }
  return { up, down: fromHz / divisor, taps, phases, interpolate, rows };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** I0, the modified Bessel function of the first kind, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Rates after decimation may be fractions (44101 / 3): Euclid's algorithm then ends at a tiny rest,
 * which counts as 0.
 */
function gcd(a: number, b: number): number {
  return b < 1e-6 ? a : gcd(b, a % b);
}
