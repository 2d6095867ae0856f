import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { AppError } from "../../../lib/error.ts";
import type { Env } from "../env.ts";
import { essence } from "../guard/media-type.ts";
import { type AudioSource, fetchAudio, jsonAudio, partAudio } from "./audio-source.ts";
import { merged, typedFields } from "./fields.ts";
import { AUDIO_JSON, type ListLimits, parseJson, parseLists } from "./json.ts";
import { parseMultipart } from "./multipart.ts";
import { completed, selectionOf } from "./piece.ts";
import { invalid, NoFields, parse } from "./schema.ts";

/** How many clips each of the named fields may hold. */
export type ClipLimits<Name extends string> = Readonly<Record<Name, number>>;
/** Returns the clips of one of the named fields, of which there is at least one. */
export type Clips<Name extends string> = (name: Name) => readonly [ClipInput, ...ClipInput[]];

type Sources = { fields: Record<string, unknown>; audio: ReadonlyMap<string, readonly AudioSource[]> };
export type ClipNeeds = Parameters<typeof fetchAudio>[0];

/**
 * Reads a request's fields and clips in any of the three forms. Fetches the clips that the request
 * refers to by ID.
 */
export async function audioInput<S extends z.ZodType, Name extends string>(
  services: ClipNeeds,
  c: Context<Env>,
  schema: S,
  limits: ClipLimits<Name>,
): Promise<{ fields: z.output<S>; clips: Clips<Name> }> {
  const { fields: inBody, audio } = await sourcesIn(c, limits);
  const given = merged(queryFields(c), inBody);
  const fields = parse(schema, given);
  return { fields, clips: await fetchClips(services, c, given, audio) };
}

/** Fetches the clips of each field. `given`: all fields, with the parts to use */
export async function fetchClips(
  services: ClipNeeds,
  c: Context<Env>,
  given: Record<string, unknown>,
  audio: Sources["audio"],
): Promise<Clips<string>> {
  const fetched = new Map<string, readonly ClipInput[]>();
  for (const [name, sources] of audio) {
    // `channelA` is for `audioA`, and precedes `channel`.
    const own = selectionOf(given, name.slice("audio".length));
    const selected = completed(own, selectionOf(given));
    fetched.set(name, await Promise.all(sources.map((source) => fetchAudio(services, c, source, selected))));
  }
  return (name) => {
    const [first, ...rest] = fetched.get(name) ?? [];
    if (!first) throw new RangeError(`no clip in ${name}`);
    return [first, ...rest];
  };
}

/**
 * Reads the fields of a JSON body. An empty body has none.
 *
 * limits  of a body with long lists; undefined: a small one
 */
export async function jsonInput<S extends z.ZodType>(
  c: Context<Env>,
  schema: S,
  limits?: ListLimits,
): Promise<z.output<S>> {
  const { bodyKind, body } = c.var;
  parse(NoFields, queryFields(c));
  if (bodyKind === "none") return parse(schema, {});
  return parse(schema, limits ? await parseLists(body, limits) : parseJson(body));
}

/** The fields of the query, without `fields`, which selects a part of the reply. */
export function queryFields(c: Context<Env>): Record<string, unknown> {
  const { fields: _part, ...fields } = typedFields([...new URL(c.req.url).searchParams]);
  return fields;
}

export function sourcesIn(c: Context<Env>, limits: ClipLimits<string>): Promise<Sources> | Sources {
  const { bodyKind, body } = c.var;
  const contentType = c.req.header("Content-Type") ?? "";
  if (bodyKind === "multipart") return sourcesInParts(body, contentType, limits);
  if (bodyKind === "json") return sourcesInJson(parseJson(body, AUDIO_JSON), limits);
  const source = { bytes: body, mediaType: essence(contentType) };
  return { fields: {}, audio: new Map(Object.keys(limits).map((name) => [name, [source]])) };
}

async function sourcesInParts(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
  limits: ClipLimits<string>,
): Promise<Sources> {
  const parts = await parseMultipart(body, contentType);
  const audio = new Map<string, AudioSource[]>();
  for (const [name, max] of Object.entries(limits)) {
    const own = parts.filter((part) => part.name === name);
    if (own.length === 0)
      throw new AppError(
        "malformed-multipart",
        `The multipart body has no part \`${name}\`. Send the audio file in it.`,
      );
    if (own.length > max) throw tooMany(name, max);
    audio.set(name, await Promise.all(own.map((part) => partAudio(name, part.value))));
  }
  const rest = parts.filter((part) => !audio.has(part.name));
  const files = rest.filter((part) => typeof part.value !== "string");
  if (files.length > 0)
    throw invalid(files.map(({ name }) => ({ pointer: `/${name}`, detail: "This part can't be a file." })));
  return { fields: typedFields(rest.map(({ name, value }) => [name, String(value)])), audio };
}

export function sourcesInJson(document: unknown, limits: ClipLimits<string>): Sources {
  const fields: Record<string, unknown> = { ...objectOf(document) };
  const audio = new Map<string, AudioSource[]>();
  for (const [name, max] of Object.entries(limits)) {
    audio.set(name, sourcesInField(fields[name], name, max));
    delete fields[name];
  }
  return { fields, audio };
}

export function objectOf(document: unknown): object {
  if (typeof document === "object" && document !== null && !Array.isArray(document)) return document;
  throw invalid([{ pointer: "", detail: "The body must be a JSON object." }]);
}

function sourcesInField(value: unknown, name: string, max: number): AudioSource[] {
  if (!Array.isArray(value) || max === 1) return [jsonAudio(value, `/${name}`)];
  if (value.length === 0) throw invalid([{ pointer: `/${name}`, detail: "Send at least one clip." }]);
  if (value.length > max) throw tooMany(name, max);
  return value.map((one, i) => jsonAudio(one, `/${name}/${i}`));
}

const tooMany = (name: string, max: number): AppError =>
  invalid([
    { pointer: `/${name}`, detail: `Send at most ${max} ${max === 1 ? "clip" : "clips"} in one request.` },
  ]);
