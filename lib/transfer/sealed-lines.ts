import { createHash } from "node:crypto";

/*
 * The seal of a line: {"kind":"group",...,"line":7,"sha256":"<64 hexadecimal digits>"}. It is the
 * sha256 of the previous line's seal (empty for the first line), a line feed, and the line's own
 * text without the `sha256` member. This pinpoints an edited line, a missing, moved or repeated
 * line, and a line from another export.
 */
const SEALED = /,"line":(\d{1,15}),"sha256":"([0-9a-f]{64})"\}$/;
/** Upper bound for the length of a seal in characters. */
const SEAL_LENGTH = 120;

/** Longest line of an export, in bytes of UTF-8: 64 MiB. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

type OpenedLine = { value: unknown; fault?: undefined } | { value?: undefined; fault: string };

const seal = (before: string, text: string): string =>
  createHash("sha256").update(`${before}\n`).update(text, "utf8").digest("hex");

/**
 * Returns a function that numbers and seals one value per call.
 *
 * throws RangeError for a line longer than MAX_LINE_BYTES
 */
export function lineSealer(): (value: object) => string {
  let number = 0;
  let before = "";
  return (value) => {
    number += 1;
    const text = JSON.stringify({ ...value, line: number });
    if (Buffer.byteLength(text) > MAX_LINE_BYTES - SEAL_LENGTH)
      throw new RangeError(`line ${number} would be longer than ${MAX_LINE_BYTES} bytes`);
    before = seal(before, text);
    return `${text.slice(0, -1)},"sha256":"${before}"}`;
  };
}

/**
 * Returns a function that checks and parses the lines of a file, one per call, in order. After a
 * fault it continues from the number and the seal that the line states, so each fault is reported
 * once.
 */
export function lineOpener(): (line: string) => OpenedLine {
  let expected = 1;
  let before = "";
  return (line) => {
    const [end, number, stated] = SEALED.exec(line.slice(-SEAL_LENGTH)) ?? [];
    if (end === undefined || number === undefined || stated === undefined) {
      expected += 1;
      return { fault: NO_SEAL };
    }
    const text = `${line.slice(0, line.length - end.length)},"line":${number}}`;
    const place = expected;
    const matches = seal(before, text) === stated;
    expected = Number(number) + 1;
    before = stated;
    if (Number(number) !== place) return { fault: moved(Number(number), place) };
    if (!matches) return { fault: CHANGED };
    try {
      const { line: _, ...value } = JSON.parse(text) as Record<string, unknown>;
      return { value };
    } catch {
      return { fault: NO_SEAL };
    }
  };
}

const NO_SEAL =
  'has no seal ("line" and "sha256" at its end): it was cut off or edited, or this is not a Voiceroll export.';
const CHANGED =
  "was edited or damaged, or comes from another export: its sha256 does not match. " +
  "Export or copy the file again.";
const moved = (number: number, place: number): string =>
  `was line ${number} when it was exported, but line ${place} was expected here: ` +
  "lines are missing, moved or repeated.";
