import { AppError } from "../../../lib/error.ts";
import { invalid } from "./schema.ts";

const MAX_DEPTH = 16;
const MAX_NUMBER_CHARS = 32;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Names with a special meaning in JavaScript objects. */
const BANNED = new Set(["__proto__", "constructor", "prototype"]);

/** Bounds on a document, because parsing it blocks the event loop. */
export type JsonLimits = {
  bytes: number;
  /** Fields of objects and elements of arrays, at all depths together. */
  items: number;
};
/** For documents without audio or lists. */
export const SMALL_JSON: JsonLimits = { bytes: 64 * 1024, items: 2_000 };
/** For documents with audio, which is a few long strings. */
export const AUDIO_JSON: JsonLimits = { bytes: Number.POSITIVE_INFINITY, items: SMALL_JSON.items };

type Scan = { text: string; at: number; banned: string[]; items: number };

/**
 * Parses I-JSON (RFC 7493): UTF-8 without a BOM, without duplicate names and lone surrogates.
 * Bounds the depth and the length of numbers. Throws `malformed-json`, and `body-too-large` beyond
 * the limits: the items are counted while they are read, so that reading stops early.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = SMALL_JSON): unknown {
  if (bytes.length > limits.bytes)
    throw tooLarge(`has ${bytes.length} bytes. This request can have at most ${limits.bytes}.`);
  try {
    return parseJsonText(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
      limits.items,
    );
  } catch (error) {
    if (error instanceof TypeError) throw new AppError("malformed-json", "The body isn't valid UTF-8.");
    throw error;
  }
}

/** Like `parseJson`. `items`: how many fields and elements the document can have. */
export function parseJsonText(text: string, items = SMALL_JSON.items): unknown {
  const scan: Scan = { text, at: 0, banned: [], items };
  scanValue(scan, 0, "");
  skipSpace(scan);
  if (scan.at < text.length) throw malformed(scan, "unexpected text after the end");
  if (scan.banned.length > 0)
    throw invalid(scan.banned.map((pointer) => ({ pointer, detail: "This field name isn't allowed." })));
  return JSON.parse(text);
}

function scanValue(scan: Scan, depth: number, pointer: string): void {
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
  scanItems(scan, "}", () => {
    skipSpace(scan);
    if (scan.text[scan.at] !== '"') throw malformed(scan, "a field name without double quotes");
    const name = scanString(scan);
    if (names.has(name)) throw malformed(scan, "a repeated field name in an object");
    names.add(name);
    const inner = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (BANNED.has(name)) scan.banned.push(inner);
    skipSpace(scan);
    if (scan.text[scan.at] !== ":") throw malformed(scan, "a missing colon");
    scan.at++;
    scanValue(scan, depth + 1, inner);
  });
}

function scanArray(scan: Scan, depth: number, pointer: string): void {
  let index = 0;
  scanItems(scan, "]", () => scanValue(scan, depth + 1, `${pointer}/${index++}`));
}

function scanItems(scan: Scan, end: "}" | "]", item: () => void): void {
  scan.at++;
  skipSpace(scan);
  if (scan.text[scan.at] === end) {
    scan.at++;
    return;
  }
  while (true) {
    scan.items--;
    if (scan.items < 0)
      throw tooLarge("has too many fields and elements. Send fewer, in several requests if needed.");
    item();
    skipSpace(scan);
    const next = scan.text[scan.at];
    if (next !== "," && next !== end) throw malformed(scan, `a missing comma or ${end}`);
    scan.at++;
    if (next === end) return;
  }
}

/** Loops instead of using a regular expression, because a string can be megabytes of base64. */
function scanString(scan: Scan): string {
  const { text } = scan;
  const start = scan.at;
  let escaped = false;
  for (scan.at++; text[scan.at] !== '"'; scan.at++) {
    if (scan.at >= text.length) throw malformed(scan, "an unterminated string");
    const code = text.charCodeAt(scan.at);
    if (code < 0x20) throw malformed(scan, "a control character in a string");
    if (code !== 0x5c) continue;
    escaped = true;
    scan.at++;
  }
  scan.at++;
  const raw = text.slice(start, scan.at);
  return escaped ? decoded(scan, raw) : raw.slice(1, -1);
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
function skipSpace(scan: Scan): void {
  for (;;) {
    const code = scan.text.charCodeAt(scan.at);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
    scan.at++;
  }
}

const tooLarge = (what: string): AppError => new AppError("body-too-large", `The JSON body ${what}`);

const malformed = ({ at }: Scan, what: string): AppError =>
  new AppError("malformed-json", `The JSON has ${what} at character ${at}.`);
