/** One person speaks. start, end: seconds */
export type Turn = { speaker: string; start: number; end: number };

/** Seconds. total: of speech in the reference, summed over speakers */
export type Errors = { total: number; missed: number; false: number; confused: number };
export type Comparison = Errors & {
  /** Jaccard error rate, 0..1 */
  jer: number;
  /** The system's name for each speaker of the reference that has one. */
  mapping: ReadonlyMap<string, string>;
};

const FRAMES_PER_SECOND = 100;

/**
 * Compares who spoke when with a reference, in frames of 10 ms. Speakers are mapped one to one so
 * that most speech agrees.
 *
 * collar  seconds before and after each boundary of the reference that don't count
 *
 * missed, false and confused speech are those of NIST's diarization error rate (Fiscus et al. 2006,
 * the Rich Transcription 2006 evaluation); JER is that of DIHARD II (Ryant et al. 2019,
 * doi:10.21437/Interspeech.2019-1268). Equal to pyannote.metrics (test/golden/diarize/make.py).
 */
export function compareTurns(
  reference: readonly Turn[],
  system: readonly Turn[],
  collar: number,
): Comparison {
  const seconds = Math.max(...[...reference, ...system].map(({ end }) => end), 0);
  const frames = Math.ceil(seconds * FRAMES_PER_SECOND) + 1;
  const scored = scoredFrames(reference, collar, frames);
  const [truth, found] = [framesOf(reference, scored), framesOf(system, scored)];
  const [names, others] = [[...truth.keys()], [...found.keys()]];
  const overlaps = names.map((name) => others.map((other) => common(truth.get(name), found.get(other))));
  const pairs = bestPairs(overlaps);
  const mapping = new Map(pairs.map(([row, column]) => [names[row], others[column]]));
  return { ...errorsOf(truth, found, mapping, frames), jer: jaccard(truth, found, mapping), mapping };
}

type Marks = Map<string, Uint8Array>;

const frameOf = (seconds: number): number => Math.round(seconds * FRAMES_PER_SECOND);

function scoredFrames(reference: readonly Turn[], collar: number, frames: number): Uint8Array {
  const scored = new Uint8Array(frames).fill(1);
  for (const { start, end } of reference)
    for (const edge of [start, end])
      if (collar > 0) scored.fill(0, Math.max(0, frameOf(edge - collar)), frameOf(edge + collar));
  return scored;
}

function framesOf(turns: readonly Turn[], scored: Uint8Array): Marks {
  const marks: Marks = new Map();
  for (const { speaker, start, end } of turns) {
    const own = marks.get(speaker) ?? new Uint8Array(scored.length);
    own.fill(1, frameOf(start), frameOf(end));
    marks.set(speaker, own);
  }
  return new Map([...marks].map(([speaker, own]) => [speaker, own.map((one, i) => one & scored[i])]));
}

function common(a: Uint8Array = new Uint8Array(0), b: Uint8Array = new Uint8Array(0)): number {
  return a.reduce((sum, one, i) => sum + (one & (b[i] ?? 0)), 0);
}

/**
 * The one-to-one pairs of rows and columns with the largest sum, without pairs of value 0. Tries
 * every set of columns for each row: up to 20 columns.
 */
export function bestPairs(values: readonly (readonly number[])[]): [row: number, column: number][] {
  const columns = values[0]?.length ?? 0;
  const known = new Map<string, { sum: number; pairs: [number, number][] }>();
  const best = (row: number, used: number): { sum: number; pairs: [number, number][] } => {
    if (row === values.length) return { sum: 0, pairs: [] };
    const key = `${row} ${used}`;
    const before = known.get(key);
    if (before) return before;
    let most = best(row + 1, used);
    for (let column = 0; column < columns; column++) {
      const value = values[row][column];
      if (value <= 0 || used & (1 << column)) continue;
      const rest = best(row + 1, used | (1 << column));
      if (value + rest.sum > most.sum)
        most = { sum: value + rest.sum, pairs: [[row, column], ...rest.pairs] };
    }
    known.set(key, most);
    return most;
  };
  return best(0, 0).pairs;
}

function errorsOf(truth: Marks, found: Marks, mapping: ReadonlyMap<string, string>, frames: number): Errors {
  const counts = { total: 0, missed: 0, false: 0, confused: 0 };
  const [all, others] = [[...truth.values()], [...found.values()]];
  const matched = [...mapping].map(([name, other]) => [truth.get(name), found.get(other)] as const);
  for (let frame = 0; frame < frames; frame++) {
    const speaking = all.reduce((sum, own) => sum + own[frame], 0);
    const claimed = others.reduce((sum, own) => sum + own[frame], 0);
    const right = matched.reduce((sum, [a, b]) => sum + ((a?.[frame] ?? 0) & (b?.[frame] ?? 0)), 0);
    counts.total += speaking;
    counts.missed += Math.max(0, speaking - claimed);
    counts.false += Math.max(0, claimed - speaking);
    counts.confused += Math.min(speaking, claimed) - right;
  }
  const seconds = (count: number) => count / FRAMES_PER_SECOND;
  return {
    total: seconds(counts.total),
    missed: seconds(counts.missed),
    false: seconds(counts.false),
    confused: seconds(counts.confused),
  };
}

/** The mean over the reference's speakers of the share of frames that only one side has. */
function jaccard(truth: Marks, found: Marks, mapping: ReadonlyMap<string, string>): number {
  const rates = [...truth].map(([name, own]) => {
    const other = found.get(mapping.get(name) ?? "") ?? new Uint8Array(own.length);
    const both = common(own, other);
    const either = own.reduce((sum, one, i) => sum + (one | other[i]), 0);
    return either === 0 ? 0 : 1 - both / either;
  });
  return rates.reduce((sum, rate) => sum + rate, 0) / Math.max(rates.length, 1);
}
