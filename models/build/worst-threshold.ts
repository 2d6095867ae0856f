/** An impostor trial: where it comes from, and its log-likelihood ratio. */
type Impostor = { cell: string; value: number };
export type WorstThreshold = { far: number; threshold: number; setBy: string };

/**
 * Thresholds are set for a third of the stated rate: people of a corpus that wasn't fitted on need
 * higher thresholds than any that was (docs/experiments.md).
 */
const SAFETY = 3;
const TARGET_FARS = [0.05, 0.01, 0.001];
/** Rates between them make the steps of small cells smaller. */
const RUNGS = [0.05, 0.05 / SAFETY, 0.01, 0.005, 0.01 / SAFETY, 0.001, 0.0005, 0.001 / SAFETY];

/**
 * Returns for each false-accept rate the lowest threshold that keeps a third of it in every cell,
 * and the cell that needs it; ascending FAR. A cell with too few impostor trials for a rate (the
 * rule of 3) needs its threshold for the next higher rate, plus the median rise between the two
 * rates in the cells with enough trials. Rates that no cell has enough trials for are left out, and
 * so are cells with too few for the highest rate.
 */
export function thresholdsOf(impostors: readonly Impostor[]): WorstThreshold[] {
  const values = new Map<string, number[]>();
  for (const { cell, value } of impostors) values.set(cell, [...(values.get(cell) ?? []), value]);
  const cells = [...values].map(([cell, own]) => ({ cell, own: own.sort((a, b) => b - a) }));
  const found: WorstThreshold[] = [];
  let needed = new Map<string, number>();
  for (const far of RUNGS) {
    const measured = new Map(
      cells.filter(({ own }) => enough(own, far)).map(({ cell, own }) => [cell, at(own, far)]),
    );
    if (measured.size === 0) break;
    const rise = median(
      [...measured].map(([cell, threshold]) => threshold - (needed.get(cell) ?? threshold)),
    );
    const risen = [...needed].map(([cell, threshold]) => [cell, threshold + rise] as const);
    needed = new Map([...risen, ...measured]);
    const [first, ...rest] = needed;
    const [setBy, threshold] = rest.reduce((most, one) => (one[1] > most[1] ? one : most), first);
    const stated = TARGET_FARS.find((target) => Math.abs(target / SAFETY - far) < 1e-12);
    if (stated) found.unshift({ far: stated, threshold, setBy });
  }
  return found;
}

const enough = (own: readonly number[], far: number): boolean => own.length * far >= 3 - 1e-9;

/** Just above the first value that must be rejected. `own`: descending. */
function at(own: readonly number[], far: number): number {
  const rejected = own[Math.floor(own.length * far + 1e-9)];
  return rejected + 1e-9 * Math.max(1, Math.abs(rejected));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
