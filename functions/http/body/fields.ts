import { parseJsonText } from "./json.ts";
import { invalid } from "./schema.ts";

const NUMBER = /^-?\d{1,16}(\.\d{1,16})?([eE][+-]?\d{1,3})?$/;

/** Texts from a query or from parts as the fields that JSON would have; what does not fit is left for the schema. */
export function typedFields(texts: readonly (readonly [string, string])[]): Record<string, unknown> {
  const names = texts.map(([name]) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0)
    throw invalid(
      [...new Set(twice)].map((name) => ({ pointer: `/${name}`, detail: "Given more than once." })),
    );
  return Object.fromEntries(
    texts.map(([name, text]) => {
      if (name === "far") return ["operatingPoint", { far: asNumber(text) }];
      return [name, typed(name, text)];
    }),
  );
}

function typed(name: string, text: string): unknown {
  if (name === "channel" || name === "limit") return asNumber(text);
  if (name === "force" && (text === "true" || text === "false")) return text === "true";
  if (name === "metadata") return parseJsonText(text);
  return text;
}

const asNumber = (text: string): number | string => (NUMBER.test(text) ? Number(text) : text);

/** Fields of the query and of the body together; none may stand in both. */
export function merged(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const both = Object.keys(a).filter((name) => Object.hasOwn(b, name));
  if (both.length > 0)
    throw invalid(
      both.map((name) => ({ pointer: `/${name}`, detail: "Stands in the query and in the body." })),
    );
  return { ...a, ...b };
}
