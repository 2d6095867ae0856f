/** One filter: weights of the spectrum's bins, starting at `first`. */
export type MelFilter = { first: number; weights: Float64Array };

/**
 * Converts Hz to mel. Source: Kaldi, feat/mel-computations.h; O'Shaughnessy's formula with the
 * natural logarithm.
 */
export function mel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

/**
 * Returns triangular filters, evenly spaced on the mel scale.
 *
 * bins     number of filters between lowHz and highHz, each overlapping half of the next
 * fftSize  the filters weight bins 0..fftSize/2 - 1; the bin at the Nyquist frequency isn't used
 * returns  [bins]; a filter too narrow to contain a bin has no weights
 *
 * Triangles rise and fall linearly in mel, not in Hz, with peak 1. Source: Kaldi,
 * feat/mel-computations.cc, MelBanks.
 */
export function melFilters(
  bins: number,
  fftSize: number,
  sampleRateHz: number,
  lowHz: number,
  highHz: number,
): readonly MelFilter[] {
  if (!(lowHz >= 0 && lowHz < highHz && highHz <= sampleRateHz / 2)) {
    throw new RangeError(`mel range ${lowHz}-${highHz} Hz at ${sampleRateHz} Hz`);
  }
  const low = mel(lowHz);
  const step = (mel(highHz) - low) / (bins + 1);
  return Array.from({ length: bins }, (_, bin) => {
    const left = low + bin * step;
    const all = Float64Array.from({ length: fftSize / 2 }, (_, k) => {
      const x = (mel((k * sampleRateHz) / fftSize) - left) / step;
      return Math.max(0, Math.min(x, 2 - x));
    });
    const first = Math.max(
      0,
      all.findIndex((w) => w > 0),
    );
    const last = all.findLastIndex((w) => w > 0);
    return { first, weights: all.slice(first, last + 1) };
  });
}
