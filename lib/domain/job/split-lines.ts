/** A line has 10 clips at most, and what is sent with audio can have a few MiB. */
const MOST_LINE_BYTES = 24 * 1024 * 1024;
const LINE_FEED = 10;

/**
 * A line without its line feed. Undefined: it is too long to be read. `end`: how many bytes precede
 * the next line.
 */
export type RawLine = { line: Uint8Array | undefined; end: number };

/** Splits a file into lines while it is read. Keeps one line and one chunk in memory. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mostBytes = MOST_LINE_BYTES,
): AsyncGenerator<RawLine> {
  let pieces: Uint8Array[] = [];
  let [bytes, end] = [0, 0];
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
    end += piece.length;
    // The rest of a line that is too long is read but not kept.
    if (bytes <= mostBytes) pieces.push(piece);
    else pieces = [];
  };
  const whole = (): RawLine => {
    const line = bytes <= mostBytes ? joined(pieces) : undefined;
    pieces = [];
    bytes = 0;
    return { line, end };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, at));
      end += 1;
      yield whole();
      from = at + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (bytes > 0) yield whole();
}

/** Most lines are within one chunk and need no copy. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only = new Uint8Array(0)] = pieces;
  return pieces.length <= 1 ? only : Buffer.concat(pieces);
}
