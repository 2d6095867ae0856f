/**
 * The value below which a share p of the values lies, interpolated between neighbors (type 7 of
 * Hyndman and Fan 1996, doi:10.2307/2684934). sorted: ascending, at least one; p: 0 to 1
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const place = p * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (place % 1) * (above - below);
}
