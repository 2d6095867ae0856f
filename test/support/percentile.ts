/** times ascending; p in [0, 1]. */
export const percentile = (times: Float64Array, p: number): number =>
  times[Math.min(times.length - 1, Math.floor(p * times.length))];
