/** The longest line, in columns, except where one string is longer. */
const WIDTH = 110;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Returns `value` as JSON text in which no number has a line of its own.
 *
 * An object or array goes on one line if it fits. A longer object has one member per line, and a
 * longer array one item per line, except that an array of numbers and strings fills each line.
 * Members are written as by JSON.stringify: those that are undefined are omitted. The text ends
 * with a newline.
 *
 * test/golden/score/wrapped_json.py writes the same layout.
 */
export function wrappedJson(value: unknown): string {
  const plain: Json = JSON.parse(JSON.stringify(value));
  return `${block(plain, "", 0)}\n`;
}

/** `column`: where the value starts. One column is kept free for a comma after it. */
function block(value: Json, indent: string, column: number): string {
  const short = oneLine(value);
  if (isScalar(value) || column + short.length < WIDTH) return short;
  const inner = `${indent} `;
  if (isArray(value)) {
    const items = value.every(isScalar)
      ? filledLines(value.map(oneLine), inner)
      : value.map((item) => inner + block(item, inner, inner.length));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(([key, member]) => {
    const label = `${inner}${JSON.stringify(key)}: `;
    return label + block(member, inner, label.length);
  });
  return `{\n${members.join(",\n")}\n${indent}}`;
}

function oneLine(value: Json): string {
  if (isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (isScalar(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${oneLine(member)}`);
  return `{${members.join(", ")}}`;
}

function filledLines(items: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    if (line !== "" && line.length + 2 + item.length >= WIDTH) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? indent + item : `${line}, ${item}`;
  }
  lines.push(line);
  return lines;
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
const isScalar = (value: Json): value is null | boolean | number | string =>
  typeof value !== "object" || value === null;
