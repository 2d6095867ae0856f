import { invalid } from "../domain/invalid.ts";

const LINE_FEED = 10;
const RETURN = 13;

/**
 * Bytes -> the lines, without their ends (LF, or CR and LF); the last may lack its end. Holds one line at a time.
 *
 * throws `validation-failed`, naming the line, where one is longer than `mostBytes` or is no UTF-8
 */
export async function* textLines(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<string> {
  let number = 1;
  let [held, parts] = [0, [] as Uint8Array[]];
  const take = (part: Uint8Array) => {
    held += part.length;
    if (held > mostBytes) throw tooLong(number, mostBytes);
    parts.push(part);
  };
  const whole = (): string => {
    const line = decoded(parts, number);
    number += 1;
    [held, parts] = [0, []];
    return line;
  };
  for await (const chunk of chunks) {
    if (number === 1 && held === 0) refuseCompressed(chunk);
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, to));
      yield whole();
      from = to + 1;
    }
    // Copied: the reader may use its buffer again.
    if (from < chunk.length) take(chunk.slice(from));
  }
  if (held > 0) yield whole();
}

function decoded(parts: readonly Uint8Array[], number: number): string {
  const bytes = Buffer.concat(parts);
  const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end));
  } catch {
    throw invalid(`/lines/${number}`, `Line ${number} is no UTF-8 text: this is no JSON Lines file.`);
  }
}

function refuseCompressed(chunk: Uint8Array): void {
  if (chunk[0] === 0x1f && chunk[1] === 0x8b)
    throw invalid("/lines/1", "The file is compressed; unpack it first: zcat FILE | voiceroll import -");
}

const tooLong = (number: number, most: number) =>
  invalid(
    `/lines/${number}`,
    `Line ${number} has more than ${most} bytes: it is no line of an export. Are its line ends lost?`,
  );
