import { AppError } from "../../../lib/error.ts";
import { invalid } from "./schema.ts";

const MAX_DEPTH = 16;
const MAX_NUMBER_CHARS = 32;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/**
 * More than any base64 has whose slashes are escaped; decoding a string of nothing else would take
 * long.
 */
const MAX_ESCAPES = 100_000;
/** The end of a string, an escape sequence or a control character, of which some are allowed. */
const SPECIAL = /["\\\p{Cc}]/gu;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Names with a special meaning in JavaScript objects. */
const BANNED = new Set(["__proto__", "constructor", "prototype"]);
/** An error names no more fields than this. */
const MAX_BANNED = 20;

/** A document that is being checked. items: how many more fields and elements it can have */
export type Scan = { text: string; at: number; banned: string[]; items: number };

export const scanOf = (text: string, items: number): Scan => ({ text, at: 0, banned: [], items });

/** Throws unless the document ends here, and for field names that aren't allowed. */
export function requireEnd(scan: Scan): void {
  skipSpace(scan);
  if (scan.at < scan.text.length) throw malformed(scan, "unexpected text after the end");
  if (scan.banned.length > 0)
    throw invalid(scan.banned.map((pointer) => ({ pointer, detail: "This field name isn't allowed." })));
}

/** Checks the value at `scan.at`, and moves there after it. */
export function scanValue(scan: Scan, depth: number, pointer: string): void {
  if (depth > MAX_DEPTH) throw malformed(scan, `more than ${MAX_DEPTH} levels of nesting`);
  skipSpace(scan);
  const first = scan.text[scan.at];
  if (first === "{") scanObject(scan, depth, pointer);
  else if (first === "[") scanArray(scan, depth, pointer);
  else if (first === '"') scanString(scan);
  else if (first === "t") scanWord(scan, "true");
  else if (first === "f") scanWord(scan, "false");
  else if (first === "n") scanWord(scan, "null");
  else scanNumber(scan);
}

function scanWord(scan: Scan, word: string): void {
  if (!scan.text.startsWith(word, scan.at)) throw malformed(scan, "no valid value");
  scan.at += word.length;
}

function scanObject(scan: Scan, depth: number, pointer: string): void {
  const names = new Set<string>();
  for (const _ of items(scan, "}")) {
    const field = scanName(scan, names, pointer);
    scanValue(scan, depth + 1, field.pointer);
  }
}

function scanArray(scan: Scan, depth: number, pointer: string): void {
  let index = 0;
  for (const _ of items(scan, "]")) scanValue(scan, depth + 1, `${pointer}/${index++}`);
}

/**
 * Reads a field's name and the colon, up to its value.
 *
 * names    the fields of this object so far; the name is added
 * pointer  of the object
 */
export function scanName(scan: Scan, names: Set<string>, pointer: string): { name: string; pointer: string } {
  skipSpace(scan);
  if (scan.text[scan.at] !== '"') throw malformed(scan, "a field name without double quotes");
  const name = scanString(scan);
  if (names.has(name)) throw malformed(scan, "a repeated field name in an object");
  names.add(name);
  const inner = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  if (BANNED.has(name) && scan.banned.length < MAX_BANNED) scan.banned.push(inner);
  skipSpace(scan);
  if (scan.text[scan.at] !== ":") throw malformed(scan, "a missing colon");
  scan.at++;
  skipSpace(scan);
  return { name, pointer: inner };
}

/** Yields at the start of each field or element; the caller reads it before it continues. */
export function* items(scan: Scan, end: "}" | "]"): Generator<void> {
  scan.at++;
  skipSpace(scan);
  if (scan.text[scan.at] === end) {
    scan.at++;
    return;
  }
  while (true) {
    scan.items--;
    if (scan.items < 0) throw tooManyItems();
    yield;
    skipSpace(scan);
    const next = scan.text[scan.at];
    if (next !== "," && next !== end) throw malformed(scan, `a missing comma or ${end}`);
    scan.at++;
    if (next === end) return;
  }
}

/** Searches for the next character that matters, because a string can be megabytes of base64. */
function scanString(scan: Scan): string {
  const { text } = scan;
  const start = scan.at;
  let escapes = 0;
  for (let from = start + 1; ; from = scan.at) {
    SPECIAL.lastIndex = from;
    scan.at = SPECIAL.exec(text)?.index ?? text.length;
    if (scan.at >= text.length) throw malformed(scan, "an unterminated string");
    const code = text.charCodeAt(scan.at);
    if (code < 0x20) throw malformed(scan, "a control character in a string");
    scan.at++;
    if (code === QUOTE) break;
    if (code !== BACKSLASH) continue;
    escapes++;
    if (escapes > MAX_ESCAPES)
      throw malformed(scan, `a string with more than ${MAX_ESCAPES} escape sequences`);
    scan.at++;
  }
  const raw = text.slice(start, scan.at);
  return escapes > 0 ? decoded(scan, raw) : raw.slice(1, -1);
}

function decoded(scan: Scan, raw: string): string {
  let value: string;
  try {
    value = JSON.parse(raw);
  } catch {
    throw malformed(scan, "an invalid escape sequence");
  }
  if (!value.isWellFormed()) throw malformed(scan, "a lone surrogate");
  return value;
}

function scanNumber(scan: Scan): void {
  const rest = scan.text.slice(scan.at, scan.at + MAX_NUMBER_CHARS + 1);
  const chars = /^[-+.0-9eE]*/.exec(rest)?.[0] ?? "";
  if (chars.length > MAX_NUMBER_CHARS)
    throw malformed(scan, `a number with more than ${MAX_NUMBER_CHARS} characters`);
  if (!NUMBER.test(chars)) throw malformed(scan, "no valid value");
  scan.at += chars.length;
}

/** Skips spaces, tabs and line breaks. */
export function skipSpace(scan: Scan): void {
  for (;;) {
    const code = scan.text.charCodeAt(scan.at);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
    scan.at++;
  }
}

export const tooManyItems = (): AppError =>
  tooLarge("has too many fields and elements. Send fewer, in several requests if needed.");

export const tooLarge = (what: string): AppError => new AppError("body-too-large", `The JSON body ${what}`);

const malformed = ({ at }: Scan, what: string): AppError =>
  new AppError("malformed-json", `The JSON has ${what} at character ${at}.`);
