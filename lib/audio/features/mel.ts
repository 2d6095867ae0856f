/** Triangular filters, evenly spaced on the mel scale. */

/** One filter: weights of the spectrum's bins from `first` on. */
export type MelFilter = { first: number; weights: Float64Array };

/** Source: Kaldi, feat/mel-computations.h; O'Shaughnessy's formula with the natural logarithm. */
export function mel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

/**
 * bins     number of filters, each half overlapping the next, between lowHz and highHz
 * fftSize  the filters weigh bins 0..fftSize/2 - 1: the bin at the Nyquist frequency takes no part
 * returns  [bins]; a filter too narrow to hold a bin has no weights
 *
 * Triangles rise and fall linearly in mel, not in Hz, with peak 1. Source: Kaldi, feat/mel-computations.cc, MelBanks.
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
