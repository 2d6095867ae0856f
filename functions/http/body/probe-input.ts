import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ProbeInput } from "../../../lib/domain/decision/embedding-input.ts";
import type { Env } from "../env.ts";
import {
  type ClipNeeds,
  fetchClips,
  objectOf,
  queryFields,
  sourcesIn,
  sourcesInJson,
} from "./audio-input.ts";
import { merged } from "./fields.ts";
import { AUDIO_JSON, parseJson } from "./json.ts";
import { jsonProbe, probeFieldOf } from "./probe.ts";
import { invalid, parse } from "./schema.ts";

/**
 * Reads a request's fields and a clip in each of the named ones. In its place, JSON can have an
 * embedding: `probeA` for `audioA`.
 */
export async function probeInput<S extends z.ZodType, Name extends string>(
  services: ClipNeeds,
  c: Context<Env>,
  schema: S,
  names: readonly Name[],
): Promise<{ fields: z.output<S>; probe: (name: Name) => ProbeInput }> {
  const sent = c.var.bodyKind === "json" ? probesInJson(parseJson(c.var.body, AUDIO_JSON), names) : NO_PROBES;
  const clipNames = names.filter((name) => !sent.probes.has(name));
  const limits = Object.fromEntries(clipNames.map((name) => [name, 1]));
  const { fields: inBody, audio } = sent.document
    ? sourcesInJson(sent.document, limits)
    : await sourcesIn(c, limits);
  const given = merged(queryFields(c), inBody);
  const fields = parse(schema, given);
  const probes = new Map(
    [...sent.probes].map(([name, value]) => [
      name,
      jsonProbe(services, c, { value, name: probeFieldOf(name), fields: given }),
    ]),
  );
  const clips = await fetchClips(services, c, given, audio);
  return { fields, probe: (name) => probes.get(name) ?? clips(name)[0] };
}

/** Returns a JSON body's embeddings, by the field of the clip that they replace, and the rest. */
function probesInJson(document: unknown, names: readonly string[]) {
  const fields: Record<string, unknown> = { ...objectOf(document) };
  const probes = new Map<string, unknown>();
  for (const name of names) {
    const probe = probeFieldOf(name);
    if (fields[probe] === undefined) continue;
    if (fields[name] !== undefined)
      throw invalid([{ pointer: `/${probe}`, detail: `Send either \`${name}\` or \`${probe}\`, not both.` }]);
    probes.set(name, fields[probe]);
    delete fields[probe];
  }
  return { document: fields, probes };
}

const NO_PROBES = { document: undefined, probes: new Map<string, unknown>() };
