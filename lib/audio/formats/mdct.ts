import FFT from "fft.js";

/**
 * Returns the inverse MDCT of `size` lines to 2 * size samples, scaled by 1 / size: a DCT-IV by a
 * complex FFT of size / 2, then its symmetries. Source: Britanak and Rao 2002,
 * doi:10.1016/S0165-1684(01)00224-5.
 */
export function inverseMdct(size: number) {
  const half = size / 2;
  const fft = new FFT(half);
  const input: number[] = fft.createComplexArray();
  const output: number[] = fft.createComplexArray();
  const cos = Float64Array.from({ length: half }, (_, n) => Math.cos((Math.PI * (8 * n + 1)) / (8 * size)));
  const sin = Float64Array.from({ length: half }, (_, n) => Math.sin((Math.PI * (8 * n + 1)) / (8 * size)));
  const dct = new Float64Array(size);
  return (lines: Float64Array, out: Float64Array): void => {
    for (let n = 0; n < half; n++) {
      const [re, im] = [lines[2 * n], lines[size - 1 - 2 * n]];
      input[2 * n] = re * cos[n] + im * sin[n];
      input[2 * n + 1] = im * cos[n] - re * sin[n];
    }
    fft.transform(output, input);
    for (let n = 0; n < half; n++) {
      const [re, im] = [output[2 * n], output[2 * n + 1]];
      dct[2 * n] = (re * cos[n] + im * sin[n]) / size;
      dct[size - 1 - 2 * n] = (re * sin[n] - im * cos[n]) / size;
    }
    for (let n = 0; n < half; n++) {
      out[n] = dct[half + n];
      out[size - 1 - n] = -dct[half + n];
      out[size + n] = -dct[half - 1 - n];
      out[2 * size - 1 - n] = -dct[half - 1 - n];
    }
  };
}
