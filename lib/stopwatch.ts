/** Returns a function that returns the whole milliseconds since this call. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}
