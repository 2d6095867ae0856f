import { type RouteConfig, z } from "@hono/zod-openapi";
import { acceptedMediaTypes } from "../../../lib/audio/formats/formats.ts";
import type { Slug } from "../../../lib/error.ts";
import { Audio } from "../body/audio-source.ts";
import { Probe, probeFieldOf } from "../body/probe.ts";
import { statuses, typeOf } from "./problem.ts";

const slugs = Object.keys(statuses) as Slug[];

/** The body of every problem reply. */
export const Problem = z
  .object({
    type: z.enum(slugs.map(typeOf)).openapi({ example: "urn:voiceroll:problem:speaker-not-found" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: "What is wrong and what to do about it, for a person." }),
    instance: z.string().openapi({ description: "The ID of the request, as in X-Request-Id." }),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: "The invalid fields, with JSON pointers into the request." }),
  })
  .openapi("Problem");

export const reply = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});

export const bearer: { bearer: string[] }[] = [{ bearer: [] }];
export const idParam = z.string().openapi({
  description: "Your own ID. It must match ^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$",
  example: "alice",
});

export type Body = NonNullable<NonNullable<RouteConfig["request"]>["body"]>;
/** The parts of JSON Schema that are built here. Whatever else zod generates passes through. */
type JsonSchema = {
  type?: "array" | "number" | "object" | "string";
  format?: string;
  pattern?: string;
  description?: string;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
};

export type Parameter = {
  name: string;
  in: "header" | "query";
  required?: boolean;
  description?: string;
  schema: JsonSchema;
};

/**
 * Plain JSON Schema: zod-openapi would take a Zod schema and parse the body before the guards run.
 */
const plain = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
const file: JsonSchema = { type: "string", format: "binary" };

/**
 * Describes a body with audio in any of the three forms.
 *
 * limits       how many clips each of the named fields may hold
 * takesProbes  whether JSON can have an embedding in place of each clip
 */
export function audioBody(
  fields: z.ZodObject,
  limits: Readonly<Record<string, number>>,
  { takesProbes = false } = {},
): Body {
  const names = Object.keys(limits);
  const probes = Object.fromEntries(names.map((name) => [probeFieldOf(name), Probe.optional()]));
  const clips = mapEntries(limits, (max) => (takesProbes ? audioSchema(max).optional() : audioSchema(max)));
  const json = plain(fields.extend({ ...clips, ...(takesProbes ? probes : {}) }));
  const multipart: JsonSchema = {
    type: "object",
    required: names,
    properties: {
      ...mapEntries(limits, (max) => (max > 1 ? { type: "array", items: file } : file)),
      ...Object.fromEntries(textFields(fields)),
    },
  };
  const raw = names.length === 1 ? acceptedMediaTypes : [];
  return {
    required: true,
    content: {
      ...Object.fromEntries(raw.map((type) => [type, { schema: file }])),
      "multipart/form-data": { schema: multipart },
      "application/json": { schema: json },
    },
  };
}

const audioSchema = (max: number): z.ZodType =>
  max > 1 ? z.union([Audio, z.array(Audio).min(1).max(max)]) : Audio;

const mapEntries = <T>(
  limits: Readonly<Record<string, number>>,
  map: (max: number) => T,
): Record<string, T> => Object.fromEntries(Object.entries(limits).map(([name, max]) => [name, map(max)]));

export const jsonBody = (schema: z.ZodType): Body => ({
  required: true,
  content: { "application/json": { schema: plain(schema) } },
});

/** The fields as query parameters, for requests whose body is the audio itself. */
export const queryOf = (fields: z.ZodObject): Parameter[] =>
  textFields(fields).map(([name, schema]) => ({ name, in: "query", schema }));

/**
 * Outside JSON, the operating point's only number is a field of its own, `far`, and a segment is a
 * text.
 */
const textFields = (fields: z.ZodObject) =>
  Object.entries(plain(fields).properties ?? {}).map(([name, schema]): [string, JsonSchema] => {
    if (name === "operatingPoint") return ["far", { type: "number" }];
    if (/^segment[AB]?$/.test(name)) return [name, SEGMENT_TEXT];
    return [name, schema];
  });

const SEGMENT_TEXT: JsonSchema = {
  type: "string",
  pattern: String.raw`^\d+(\.\d+)?-\d+(\.\d+)?$`,
  description: "Use only this part of the recording: its start and end in seconds, as in `12.5-31`.",
};

export const headerParam = (name: string, description: string): Parameter => ({
  name,
  in: "header",
  required: false,
  description,
  schema: { type: "string" },
});
export const callerIdHeader = headerParam(
  "Caller-Id",
  "Your name for the person or device behind the request, such as a session. Failed attempts are then counted, and " +
    "paused, for each caller separately. 1 to 128 printable ASCII characters. Only a hash of it is stored, for a day.",
);
export const fieldsParam: Parameter = {
  name: "fields",
  in: "query",
  required: false,
  description:
    "The fields of the reply that you need, such as `decision,score.value`. Others are left out. A path goes into " +
    "each element of a list.",
  schema: { type: "string" },
};
export const idempotencyKey = headerParam(
  "Idempotency-Key",
  "A request with the same key and body gets the first reply again, for 24 hours.",
);
