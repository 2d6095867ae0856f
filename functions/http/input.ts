import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ProbeInput } from "../../lib/domain/decision/embedding-input.ts";
import type { Services } from "../../lib/ports/services.ts";
import { audioInput, type ClipLimits, type Clips, jsonInput, queryFields } from "./body/audio-input.ts";
import type { ListLimits } from "./body/json.ts";
import { probeInput } from "./body/probe-input.ts";
import { NoFields, parse } from "./body/schema.ts";
import type { Env } from "./env.ts";
import type { Accepts } from "./guard/media-type.ts";
import { audioBody, type Body, jsonBody, type Parameter, queryOf } from "./replies/describe.ts";

/** What a route reads from its query and body: how OpenAPI describes it, and how it is parsed. */
export type Input<Parsed> = {
  /** The bodies that the route accepts. Undefined for a route that reads the query only. */
  accepts?: Accepts;
  parameters: readonly Parameter[];
  body?: Body;
  read(services: Services, c: Context<Env>): Promise<Parsed> | Parsed;
};

/** The fields of the query. There is no body. */
export const query = <S extends z.ZodObject>(fields: S): Input<{ fields: z.output<S> }> => ({
  parameters: queryOf(fields),
  read: (_services, c) => ({ fields: parse(fields, queryFields(c)) }),
});

export const noFields = query(NoFields);

/** No fields, in a request that changes something: its body is empty or `{}`. */
export const emptyBody: Input<object> = {
  accepts: "empty",
  parameters: [],
  read: (_services, c) => jsonInput(c, NoFields),
};

/**
 * A JSON body.
 *
 * shown   what OpenAPI shows, if that says more than `fields` checks
 * limits  for a route that takes long lists
 */
export const jsonFields = <S extends z.ZodType>(
  fields: S,
  { shown = fields, limits }: { shown?: z.ZodType; limits?: ListLimits } = {},
): Input<{ fields: z.output<S> }> => ({
  accepts: "fields",
  parameters: [],
  body: jsonBody(shown),
  read: async (_services, c) => ({ fields: await jsonInput(c, fields, limits) }),
});

/**
 * Clips and fields, in any of three forms: a raw body, multipart or JSON.
 *
 * limits  how many clips each of the named fields may hold
 */
export const audioFields = <S extends z.ZodObject, Name extends string>(
  fields: S,
  limits: ClipLimits<Name>,
): Input<{ fields: z.output<S>; clips: Clips<Name> }> => ({
  accepts: Object.keys(limits).length > 1 ? "clips" : "audio",
  parameters: queryOf(fields),
  body: audioBody(fields, limits),
  read: (services, c) => audioInput(services, c, fields, limits),
});

/** A clip in each of the named fields, or in JSON an embedding instead, and other fields. */
export const probeFields = <S extends z.ZodObject, Name extends string>(
  fields: S,
  names: readonly Name[],
): Input<{ fields: z.output<S>; probe: (name: Name) => ProbeInput }> => ({
  accepts: names.length > 1 ? "clips" : "audio",
  parameters: queryOf(fields),
  body: audioBody(fields, Object.fromEntries(names.map((name) => [name, 1])), { takesProbes: true }),
  read: (services, c) => probeInput(services, c, fields, names),
});
