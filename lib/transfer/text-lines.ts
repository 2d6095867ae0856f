import { invalid } from "../domain/invalid.ts";

const LINE_FEED = 10;
const RETURN = 13;

/**
 * Yields the lines of a byte stream without their ends (LF or CR LF); the last line may have no
 * end. Holds one line in memory at a time.
 *
 * throws `validation-failed` with the line's number if a line is longer than `mostBytes` or not
 *        UTF-8
 */
export async function* textLines(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<string> {
  let number = 1;
  let length = 0;
  let parts: Uint8Array[] = [];
  const append = (part: Uint8Array) => {
    length += part.length;
    if (length > mostBytes) throw tooLong(number, mostBytes);
    parts.push(part);
  };
  const endLine = (): string => {
    const line = decoded(parts, number);
    number += 1;
    length = 0;
    parts = [];
    return line;
  };
  for await (const chunk of chunks) {
    if (number === 1 && length === 0) refuseCompressed(chunk);
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      append(chunk.subarray(from, to));
      yield endLine();
      from = to + 1;
    }
    // Copy the rest: the reader may reuse its buffer.
    if (from < chunk.length) append(chunk.slice(from));
  }
  if (length > 0) yield endLine();
}

function decoded(parts: readonly Uint8Array[], number: number): string {
  const bytes = Buffer.concat(parts);
  const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end));
  } catch {
    throw invalid(`/lines/${number}`, `Line ${number} is not UTF-8 text: this is not a JSON Lines file.`);
  }
}

function refuseCompressed(chunk: Uint8Array): void {
  if (chunk[0] === 0x1f && chunk[1] === 0x8b)
    throw invalid("/lines/1", "The file is compressed. Decompress it first: zcat FILE | voiceroll import -");
}

const tooLong = (number: number, most: number) =>
  invalid(
    `/lines/${number}`,
    `Line ${number} has more than ${most} bytes, so it is not a line of an export. ` +
      "Check that the file still has its line breaks.",
  );
