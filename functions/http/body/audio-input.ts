import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { AppError } from "../../../lib/error.ts";
import type { Env } from "../env.ts";
import { type AudioSource, fetchAudio, jsonAudio, partAudio } from "./audio-source.ts";
import { merged, typedFields } from "./fields.ts";
import { parseJson } from "./json.ts";
import { parseMultipart } from "./multipart.ts";
import { invalid, NoFields, parse } from "./schema.ts";

/** `most`: how many clips may stand under one name. */
type Wanted<Name extends string> = { names: readonly Name[]; most: number };
type Arrived = { fields: Record<string, unknown>; audio: ReadonlyMap<string, readonly AudioSource[]> };

/** A request's fields and clips, whichever of the three ways they came. */
export async function audioInput<S extends z.ZodType, Name extends string>(
  services: Parameters<typeof fetchAudio>[0],
  c: Context<Env>,
  schema: S,
  wanted: Wanted<Name>,
): Promise<{ fields: z.output<S>; clips: Record<Name, ClipInput[]> }> {
  const inQuery = queryFields(c);
  const { fields: inBody, audio } = await arrived(c, wanted);
  const fields = parse(schema, merged(inQuery, inBody));
  const clips = {} as Record<Name, ClipInput[]>;
  for (const name of wanted.names) {
    const sources = audio.get(name) ?? [];
    clips[name] = await Promise.all(sources.map((source) => fetchAudio(services, c, source)));
  }
  return { fields, clips };
}

/** JSON fields without audio; none where the body is empty. */
export function jsonInput<S extends z.ZodType>(c: Context<Env>, schema: S): z.output<S> {
  parse(NoFields, queryFields(c));
  return parse(schema, c.var.bodyKind === "none" ? {} : parseJson(c.var.body));
}

export const queryFields = (c: Context<Env>): Record<string, unknown> =>
  typedFields([...new URL(c.req.url).searchParams]);

function arrived(c: Context<Env>, wanted: Wanted<string>): Promise<Arrived> | Arrived {
  const { bodyKind, body } = c.var;
  const contentType = c.req.header("Content-Type") ?? "";
  if (bodyKind === "multipart") return fromParts(body, contentType, wanted);
  if (bodyKind === "json") return fromJson(parseJson(body), wanted);
  const mediaType = contentType.split(";")[0].trim().toLowerCase();
  return { fields: {}, audio: new Map([[wanted.names[0], [{ bytes: body, mediaType }]]]) };
}

async function fromParts(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
  { names, most }: Wanted<string>,
): Promise<Arrived> {
  const parts = await parseMultipart(body, contentType);
  const audio = new Map<string, AudioSource[]>();
  for (const name of names) {
    const own = parts.filter((part) => part.name === name);
    if (own.length === 0)
      throw new AppError("malformed-multipart", `The part ${name} with a file is missing.`);
    if (own.length > most) throw tooMany(name, most);
    audio.set(name, await Promise.all(own.map((part) => partAudio(name, part.value))));
  }
  const rest = parts.filter((part) => !names.includes(part.name));
  const files = rest.filter((part) => typeof part.value !== "string");
  if (files.length > 0)
    throw invalid(files.map(({ name }) => ({ pointer: `/${name}`, detail: "No file is expected here." })));
  return { fields: typedFields(rest.map(({ name, value }) => [name, String(value)])), audio };
}

function fromJson(document: unknown, { names, most }: Wanted<string>): Arrived {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw invalid([{ pointer: "", detail: "Must be a JSON object." }]);
  const fields: Record<string, unknown> = { ...document };
  const audio = new Map<string, AudioSource[]>();
  for (const name of names) {
    const value = fields[name];
    delete fields[name];
    if (!Array.isArray(value) || most === 1) {
      audio.set(name, [jsonAudio(value, `/${name}`)]);
      continue;
    }
    if (value.length === 0) throw invalid([{ pointer: `/${name}`, detail: "Holds no clip." }]);
    if (value.length > most) throw tooMany(name, most);
    audio.set(
      name,
      value.map((one, i) => jsonAudio(one, `/${name}/${i}`)),
    );
  }
  return { fields, audio };
}

const tooMany = (name: string, most: number): AppError =>
  invalid([{ pointer: `/${name}`, detail: `${most} may be sent at once.` }]);
