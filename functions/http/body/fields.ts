import { parseJsonText } from "./json.ts";
import { invalid } from "./schema.ts";

const NUMBERS: ReadonlySet<string> = new Set([
  ...["channel", "channelA", "channelB", "from", "limit"],
  ...["firstSpeechSeconds", "firstSpeechSecondsA", "firstSpeechSecondsB"],
]);
const SEGMENTS: ReadonlySet<string> = new Set(["segment", "segmentA", "segmentB"]);
/** Seconds, as in 12.5-31. */
const SEGMENT = /^(\d{1,6}(?:\.\d{1,9})?)-(\d{1,6}(?:\.\d{1,9})?)$/;
const NUMBER = /^-?\d{1,16}(\.\d{1,16})?([eE][+-]?\d{1,3})?$/;

/**
 * Converts texts from a query or from multipart fields to the values that JSON would have. A text
 * that can't be converted stays a text, and the schema rejects it.
 */
export function typedFields(texts: readonly (readonly [string, string])[]): Record<string, unknown> {
  const names = texts.map(([name]) => name);
  const repeated = names.filter((name, i) => names.indexOf(name) !== i);
  if (repeated.length > 0)
    throw invalid(
      [...new Set(repeated)].map((name) => ({
        pointer: `/${name}`,
        detail: "This field appears more than once. Send it once.",
      })),
    );
  return Object.fromEntries(
    texts.map(([name, text]) => {
      if (name === "far") return ["operatingPoint", { far: asNumber(text) }];
      return [name, typed(name, text)];
    }),
  );
}

function typed(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return asNumber(text);
  if (SEGMENTS.has(name)) return asSegment(text);
  if ((name === "force" || name === "keepAudio") && (text === "true" || text === "false"))
    return text === "true";
  // A comma can't be part of an ID.
  if (name === "speakers") return text === "" ? [] : text.split(",");
  if (name === "metadata") return parseJsonText(text);
  return text;
}

function asSegment(text: string): { start: number; end: number } | string {
  const [, start, end] = SEGMENT.exec(text) ?? [];
  return start === undefined ? text : { start: Number(start), end: Number(end) };
}

const asNumber = (text: string): number | string => (NUMBER.test(text) ? Number(text) : text);

/** Merges the fields of the query and the body. Throws `validation-failed` for a field in both. */
export function merged(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const both = Object.keys(a).filter((name) => Object.hasOwn(b, name));
  if (both.length > 0)
    throw invalid(
      both.map((name) => ({
        pointer: `/${name}`,
        detail: "This field appears in both the query and the body. Send it once.",
      })),
    );
  return { ...a, ...b };
}
