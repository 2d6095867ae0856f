import { AppError } from "../../../lib/error.ts";
import { slices } from "../../../lib/slices.ts";
import {
  items,
  requireEnd,
  type Scan,
  scanName,
  scanOf,
  scanValue,
  skipSpace,
  tooLarge,
  tooManyItems,
} from "./json-scan.ts";

/** Bounds on a document, because parsing it blocks the event loop. */
export type JsonLimits = {
  bytes: number;
  /** Fields of objects and elements of arrays, at all depths together. */
  items: number;
};
/** Bounds on a document with long lists, which `parseLists` reads. */
export type ListLimits = JsonLimits & {
  /** How many fields and elements one element of a list can have, at all depths together. */
  itemsOfElement: number;
};
/** For documents without audio or lists. */
export const SMALL_JSON: JsonLimits = { bytes: 64 * 1024, items: 2_000 };
/** For documents with audio, which is a few long strings. */
export const AUDIO_JSON: JsonLimits = { bytes: Number.POSITIVE_INFINITY, items: SMALL_JSON.items };

/** For documents with a long list of clips, trials or lines, each with a few fields. */
export const LIST_JSON = { bytes: AUDIO_JSON.bytes, itemsOfElement: 100 };

/**
 * Parses I-JSON (RFC 7493): UTF-8 without a BOM, without duplicate names and lone surrogates.
 * Bounds the depth and the length of numbers. Throws `malformed-json`, and `body-too-large` beyond
 * the limits: the items are counted while they are read, so that reading stops early.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = SMALL_JSON): unknown {
  return parseJsonText(textOf(bytes, limits), limits.items);
}

/**
 * Like `parseJson`, for an object whose fields hold long lists: reads a field, or an element of
 * such a list, at a time, and lets other requests run in between.
 */
export async function parseLists(bytes: Uint8Array, limits: ListLimits): Promise<unknown> {
  const scan = scanOf(textOf(bytes, limits), limits.items);
  skipSpace(scan);
  if (scan.text[scan.at] !== "{") return parseJsonText(scan.text, limits.itemsOfElement);
  const slice = slices();
  const fields = new Map<string, unknown>();
  const names = new Set<string>();
  for (const _ of items(scan, "}")) {
    const { name, pointer } = scanName(scan, names, "");
    if (names.size > limits.itemsOfElement) throw tooManyItems();
    if (scan.text[scan.at] !== "[") fields.set(name, readElement(scan, 1, pointer, limits));
    else {
      const list: unknown[] = [];
      fields.set(name, list);
      for (const _ of items(scan, "]")) {
        list.push(readElement(scan, 2, `${pointer}/${list.length}`, limits));
        if (slice.isOver()) await slice.next();
      }
    }
  }
  requireEnd(scan);
  return Object.fromEntries(fields);
}

/** Reads a value that can have `itemsOfElement` items, and that counts for the whole document. */
function readElement(scan: Scan, depth: number, pointer: string, { itemsOfElement }: ListLimits): unknown {
  const outside = Math.max(0, scan.items - itemsOfElement);
  scan.items -= outside;
  skipSpace(scan);
  const start = scan.at;
  scanValue(scan, depth, pointer);
  scan.items += outside;
  return JSON.parse(scan.text.slice(start, scan.at));
}

function textOf(bytes: Uint8Array, limits: JsonLimits): string {
  if (bytes.length > limits.bytes)
    throw tooLarge(`has ${bytes.length} bytes. This request can have at most ${limits.bytes}.`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new AppError("malformed-json", "The body isn't valid UTF-8.");
  }
}

/** Like `parseJson`. `items`: how many fields and elements the document can have. */
export function parseJsonText(text: string, items = SMALL_JSON.items): unknown {
  const scan = scanOf(text, items);
  scanValue(scan, 0, "");
  requireEnd(scan);
  return JSON.parse(text);
}
