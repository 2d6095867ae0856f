import FFT from "fft.js";

export type PowerSpectra = (a: Float64Array, b: Float64Array) => void;

/**
 * Returns a function that replaces two real signals [size] by their power spectra |X[k]|^2, k =
 * 0..size/2. The values above size/2 are then undefined.
 *
 * size  power of two
 *
 * Both signals go through one complex transform, as its real and imaginary parts, and are separated
 * by symmetry. Source: Press et al., Numerical Recipes, "FFT of two real functions simultaneously".
 */
export function powerSpectra(size: number): PowerSpectra {
  const fft = new FFT(size);
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  return (a, b) => {
    for (let i = 0; i < size; i++) {
      input[2 * i] = a[i];
      input[2 * i + 1] = b[i];
    }
    fft.transform(output, input);
    for (let k = 0; k <= size / 2; k++) {
      const mirror = 2 * ((size - k) % size);
      const re = output[2 * k];
      const im = output[2 * k + 1];
      const mirrorRe = output[mirror];
      const mirrorIm = output[mirror + 1];
      a[k] = ((re + mirrorRe) ** 2 + (im - mirrorIm) ** 2) / 4;
      b[k] = ((im + mirrorIm) ** 2 + (re - mirrorRe) ** 2) / 4;
    }
  };
}
