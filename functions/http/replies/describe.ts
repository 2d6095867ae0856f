import { type RouteConfig, z } from "@hono/zod-openapi";
import { acceptedMediaTypes } from "../../../lib/audio/formats/formats.ts";
import type { Slug } from "../../../lib/error.ts";
import { Audio } from "../body/audio-source.ts";
import { MEDIA_TYPE, statuses, typeOf } from "./problem.ts";

const slugs = Object.keys(statuses) as Slug[];

export const Problem = z
  .object({
    type: z.enum(slugs.map(typeOf)).openapi({ example: "urn:voiceroll:problem:speaker-not-found" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: "A sentence for a person that says what to do." }),
    instance: z.string().openapi({ description: "The request's id, as in X-Request-Id." }),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: "JSON pointers into the request." }),
  })
  .openapi("Problem");

const failed = (status: number) => ({
  description: slugs.filter((slug) => statuses[slug] === status).join(", "),
  content: { [MEDIA_TYPE]: { schema: Problem } },
});

/** What every route under an API key may answer instead. */
export const failures = {
  400: failed(400),
  401: failed(401),
  403: failed(403),
  404: failed(404),
  405: failed(405),
  406: failed(406),
  409: failed(409),
  410: failed(410),
  412: failed(412),
  413: failed(413),
  414: failed(414),
  415: failed(415),
  422: failed(422),
  429: failed(429),
  431: failed(431),
  500: failed(500),
  503: failed(503),
  504: failed(504),
};

export const reply = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});

export const bearer: { bearer: string[] }[] = [{ bearer: [] }];
export const idParam = z.object({
  id: z.string().openapi({ description: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$", example: "alice" }),
});

export const clipParams = idParam.extend({ clipId: z.string() });

type Body = NonNullable<NonNullable<RouteConfig["request"]>["body"]>;
/** What is built here of JSON Schema; zod's own words pass through. */
type Documented = {
  type?: "array" | "number" | "object" | "string";
  format?: string;
  required?: string[];
  properties?: Record<string, Documented>;
  items?: Documented;
};

/** A plain JSON schema: of a zod schema zod-openapi would read and parse the body itself, before the guards' reading. */
const plain = (schema: z.ZodType): Documented =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Documented;
const file: Documented = { type: "string", format: "binary" };

/** The three ways of sending audio. `names`: the fields that hold clips; `many`: each may hold several. */
export function audioBody(fields: z.ZodObject, names: readonly string[], many: boolean): Body {
  const json = plain(fields.extend(Object.fromEntries(names.map((name) => [name, many ? clips : Audio]))));
  const parts = names.map((name): [string, Documented] => [
    name,
    many ? { type: "array", items: file } : file,
  ]);
  const multipart: Documented = {
    type: "object",
    required: [...names],
    properties: Object.fromEntries([...parts, ...textFields(fields)]),
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
const clips = z.union([Audio, z.array(Audio).min(1).max(10)]);

export const jsonBody = (schema: z.ZodType): Body => ({
  required: true,
  content: { "application/json": { schema: plain(schema) } },
});

/** Fields that stand in the query where the body is the audio itself. */
export const queryOf = (fields: z.ZodObject) =>
  textFields(fields).map(([name, schema]) => ({ name, in: "query" as const, schema }));

/** The operating point has one number, which outside JSON stands alone as `far`. */
const textFields = (fields: z.ZodObject) =>
  Object.entries(plain(fields).properties ?? {}).map(([name, schema]): [string, Documented] =>
    name === "operatingPoint" ? ["far", { type: "number" }] : [name, schema],
  );

export const headerParam = (name: string, description: string) => ({
  name,
  in: "header" as const,
  required: false,
  description,
  schema: { type: "string" as const },
});
export const idempotencyKey = headerParam(
  "Idempotency-Key",
  "Repeats with the same key and body get the first reply for 24 hours.",
);
