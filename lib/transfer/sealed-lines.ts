import { createHash } from "node:crypto";

/*
 * The seal of a line: {"kind":"group",...,"line":7,"sha256":"<64 hexadecimal digits>"}. It is the sha256 of the seal of the
 * line before (nothing, for the first), a line feed, and the line's own text without the `sha256` member. So an edit, a
 * line that is missing, moved or there twice, and a line of another export are each found at that line.
 */
const SEALED = /,"line":(\d{1,15}),"sha256":"([0-9a-f]{64})"\}$/;
/** The seal's own length, at most, and so where it may begin. */
const SEAL_LENGTH = 120;

/** More than this is no line of ours: bytes of UTF-8, 64 MiB. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

export type Opened = { value: unknown; fault?: undefined } | { value?: undefined; fault: string };

const seal = (before: string, text: string): string =>
  createHash("sha256").update(`${before}\n`).update(text, "utf8").digest("hex");

/**
 * Gives each value its number and its seal, in the order of the calls.
 *
 * throws RangeError for a line longer than a reader takes
 */
export function lineSealer(): (value: object) => string {
  let [number, before] = [0, ""];
  return (value) => {
    number += 1;
    const text = JSON.stringify({ ...value, line: number });
    if (Buffer.byteLength(text) > MAX_LINE_BYTES - SEAL_LENGTH)
      throw new RangeError(`line ${number} would have more than ${MAX_LINE_BYTES} bytes`);
    before = seal(before, text);
    return `${text.slice(0, -1)},"sha256":"${before}"}`;
  };
}

/**
 * Checks the lines of a file in their order. After a fault it goes on from what the line says of itself, so that each
 * damage is told once.
 */
export function lineOpener(): (line: string) => Opened {
  let [expected, before] = [1, ""];
  return (line) => {
    const match = SEALED.exec(line.slice(-SEAL_LENGTH));
    if (!match) {
      expected += 1;
      return { fault: NO_SEAL };
    }
    const [whole, number, stated] = match;
    const text = `${line.slice(0, line.length - whole.length)},"line":${number}}`;
    const [place, sealed] = [expected, seal(before, text) === stated];
    expected = Number(number) + 1;
    before = stated;
    if (Number(number) !== place) return { fault: moved(Number(number), place) };
    if (!sealed) return { fault: CHANGED };
    try {
      const { line: _, ...value } = JSON.parse(text) as Record<string, unknown>;
      return { value };
    } catch {
      return { fault: NO_SEAL };
    }
  };
}

const NO_SEAL =
  'has no seal ("line" and "sha256" at its end): it was cut off or edited, or this is no export of Voiceroll.';
const CHANGED =
  "was edited or damaged, or comes from another export: its sha256 does not fit. Export or copy the file again.";
const moved = (number: number, place: number): string =>
  `was line ${number} when it was exported, and ${place} was expected: lines are missing, moved or there twice.`;
