import fc from "fast-check";
import { z } from "zod";

/** The parts of JSON Schema that the OpenAPI document uses in requests. */
export type Schema = {
  type?: "array" | "boolean" | "integer" | "null" | "number" | "object" | "string";
  properties?: Record<string, Schema>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
};

/**
 * Values for strings and segments whose meaning the schema doesn't have, by the name of the
 * property.
 */
export type Known = (name: string) => fc.Arbitrary<unknown> | undefined;
const SEGMENT = /^segment[AB]?$/;
const PROBE = /^probe[AB]?$/;

const MOST_ITEMS = 4;
const MOST_CHARACTERS = 40;

/**
 * Generates values that a schema accepts: short arrays and strings, and every alternative.
 *
 * name   the property whose value it is
 * known  takes precedence for strings and segments
 */
export function valid(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fc.oneof(...alternatives.map((one) => valid(one, known, name)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object":
      return (SEGMENT.test(name) ? known("segment") : undefined) ?? objectOf(schema, known);
    case "array":
      return fc.array(valid(schema.items ?? {}, known, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? MOST_ITEMS, Math.max(MOST_ITEMS, schema.minItems ?? 0)),
      });
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 });
    case "number":
      return fc.double({
        min: schema.exclusiveMinimum ?? schema.minimum ?? -1000,
        max: schema.exclusiveMaximum ?? schema.maximum ?? 1000,
        minExcluded: schema.exclusiveMinimum !== undefined,
        maxExcluded: schema.exclusiveMaximum !== undefined,
        noNaN: true,
      });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return known(name) ?? stringOf(schema);
    default:
      throw new RangeError(`no generator for ${JSON.stringify(schema)}`);
  }
}

function objectOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { additionalProperties: extra, propertyNames = { type: "string" } } = schema;
  if (typeof extra === "object")
    return fc.dictionary(stringOf(propertyNames), valid(extra, known), { maxKeys: MOST_ITEMS });
  const { properties: all = {}, required = [] } = schema;
  // A request has a clip or an embedding in its place, and a generated embedding is never one.
  const clipOf = (key: string) => (PROBE.test(key) ? key.replace("probe", "audio") : key);
  const isEmbedding = (key: string) => clipOf(key) !== key && clipOf(key) in all;
  const clips = Object.keys(all).filter(isEmbedding).map(clipOf);
  const properties = Object.entries(all).filter(([key]) => !isEmbedding(key));
  const model = Object.fromEntries(properties.map(([key, one]) => [key, valid(one, known, key)]));
  return fc.record(model, { requiredKeys: [...required, ...clips], noNullPrototype: true });
}

function stringOf({ pattern, minLength = 0, maxLength = MOST_CHARACTERS }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(maxLength, Math.max(minLength, MOST_CHARACTERS)) });
}

const STRANGE = [[[[]]], { a: [] }, 1e300, "\u0000", -1.5, null];

/**
 * Generates values that the schema rejects: an object without a required property, with an unknown
 * one, or with a strange value in one. Or no object at all.
 */
export function invalid(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const mismatch = mismatches(schema);
  const [first = schema] = schema.oneOf ?? [];
  const object = valid(first, known) as fc.Arbitrary<Record<string, unknown>>;
  const key = fc.constantFrom(...Object.keys(first.properties ?? {}));
  const mutated = fc.oneof(
    fc.constantFrom(null, 1, "text", [], true),
    object.map((one) => ({ ...one, unknownProperty: 1 })),
    fc.tuple(object, key, fc.constantFrom(...STRANGE)).map(([one, at, value]) => ({ ...one, [at]: value })),
    ...(first.required ?? []).map((required) =>
      object.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== required))),
    ),
  );
  return mutated.filter((value) => mismatch(value).length > 0);
}

/** Returns a function that lists what in a value doesn't match a JSON Schema. */
export function mismatches(schema: object): (value: unknown) => readonly string[] {
  const parsed = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
  return (value) =>
    (parsed.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
