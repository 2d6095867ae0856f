/**
 * Every operation of the OpenAPI document gets generated requests, valid and invalid. Each reply
 * must have a documented status and media type, and its body must match the documented schema.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openApiDocument } from "../../functions/openapi.ts";
import { keepStrangers } from "../../lib/domain/people/keep.ts";
import { readRegistry } from "../../lib/domain/registry/registry.ts";
import { heardVoice } from "../support/fake-embedder.ts";
import { invalid, type Known, mismatches, type Schema, valid } from "../support/from-schema.ts";
import { testServices } from "../support/services.ts";
import { type Answer, base64Of, type Client, clientOf, json } from "./client.ts";
import { cohortBuilt } from "./job.ts";
import { uploaded } from "./upload.ts";

type Parameter = { name: string; in: "header" | "path" | "query"; required?: boolean; schema: Schema };
type Operation = {
  operationId: string;
  parameters?: readonly Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Response>;
};
type Response = { $ref?: string; content?: Record<string, { schema: { $ref?: string } }> };
type Place = { method: string; path: string; operation: Operation };
type Request = { path: string; query: string; headers: Record<string, string>; body: unknown };

const document = JSON.parse(
  JSON.stringify(openApiDocument()).replaceAll("#/components/schemas/", "#/$defs/"),
);
const places = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .map(([method, operation]): Place => ({ method, path, operation }))
    // stream.101.test.ts: it has no replies that a plain request could get.
    .filter(({ operation }) => operation.operationId !== "stream"),
);
const RUNS = 25;
/** Of few generated enrollments, all fields and recordings are good. */
const MORE_RUNS: Record<string, number> = {
  changeGroupMembers: 100,
  compare: 120,
  embedClip: 120,
  enroll: 100,
  identify: 120,
  measureQuality: 120,
  verify: 120,
};
const SEED = 20261129;

/** A client of a registry with something of every kind. */
type Stage = { api: Client; ids: Ids };
/** IDs that replies contained, by prefix. Requests refer to them. */
type Ids = Record<string, string[]>;
const ID = /\b(cal|clp|cnd|coh|con|dec|job|key|upl|whk)_[0-9a-z]+/g;

async function openStage(): Promise<Stage> {
  // Your own server has metrics (functions/node/telemetry.ts).
  const api = await clientOf(await testServices(), { metrics: async () => "" });
  const stage: Stage = { api, ids: {} };
  const ask = async (method: string, path: string, body: unknown) => {
    const answer = await stage.api.call(method, path, { headers: json, body: JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    harvest(stage, answer);
  };
  for (const name of ["alice", "bob", "carol"]) await ask("POST", ...enrollment(name, ["1", "2", "3", "4"]));
  await ask("PATCH", "/registry", { embeddings: true });
  await ask("PUT", "/groups/team", { name: "Team" });
  for (const name of ["alice", "bob", "carol"])
    await ask("POST", `/speakers/${name}/consents`, {
      givenBy: { who: "person" },
      text: { name: "voice-notice", version: "1" },
      purposes: ["enroll", "verify", "identify", "candidates"],
      evidence: { upload: await uploaded(stage.api, `${name} agrees`) },
    });
  const { cohort } = await cohortBuilt(stage.api, { clips: clipsOf(40), topN: 5 });
  stage.ids.coh = [cohort.id];
  await ask("POST", "/verify", { speaker: "alice", audio: { base64: base64Of("voice=alice take=9") } });
  await ask("POST", "/uploads", { mediaType: "audio/wav", bytes: 10, sha256: "0".repeat(64) });
  await ask("POST", "/keys", { name: "spare", scopes: ["verify"] });
  await ask("POST", "/webhooks", { url: "https://app.example.com/hook" });
  await ask("POST", "/jobs", { kind: "refresh-statistics" });
  await keepVoices(stage.api.services, ["eve", "max", "kim", "lee"]);
  harvest(stage, await stage.api.call("GET", "/candidates"));
  return stage;
}

/** Each in a recording of its own. */
async function keepVoices(services: Client["services"], voices: readonly string[]): Promise<void> {
  const registry = await readRegistry(services, services.registryId);
  for (const name of voices)
    await keepStrangers(services, {
      ...{ registry, recording: `upl_${name}`, others: [], far: 0.01 },
      strangers: [heardVoice(name)],
    });
}

const enrollment = (name: string, takes: readonly string[]) =>
  [
    `/speakers/${name}/enroll`,
    { audio: takes.map((take) => ({ base64: base64Of(`voice=${name} take=${take}`) })) },
  ] as const;

const clipsOf = (voices: number) =>
  Array.from({ length: voices }, (_, i) => ({ audio: { base64: base64Of(`voice=voice${i} take=1`) } }));

function harvest({ ids }: Stage, { text }: Answer): void {
  for (const [id, prefix = ""] of text.matchAll(ID)) {
    const list = ids[prefix] ?? [];
    if (!list.includes(id)) ids[prefix] = [...list, id].slice(-20);
  }
}

const orAny = (usual: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: usual }, fc.string({ minLength: 1, maxLength: 20 }));
/** For fields that rarely go with others. */
const orAbsent = (some: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, some);
const speaker = fc.constantFrom("alice", "bob", "carol", "dave");
const PREFIXES: Record<string, string> = {
  clip: "clp",
  clipId: "clp",
  candidate: "cnd",
  candidateId: "cnd",
  consentId: "con",
  upload: "upl",
  uploadId: "upl",
  jobId: "job",
  keyId: "key",
  webhookId: "whk",
  with: "cnd",
  decisionId: "dec",
};
/** Returns values that the schemas don't describe: IDs that exist, and recordings. */
function knownIn({ ids }: Stage): Known {
  const some = (prefix: string) =>
    fc.nat(19).map((i) => {
      const list = ids[prefix] ?? [];
      return list[i % list.length] ?? `${prefix}_none`;
    });
  const choice = (prefix: string) => fc.oneof(some(prefix), fc.constantFrom("bundled", "previous"));
  const recording = fc
    .tuple(speaker, fc.nat(1000), fc.constantFrom(6, 6, 6, 1, 0.2))
    .map(([voice, take, seconds]) => base64Of(`voice=${voice} take=${take} seconds=${seconds}`));
  const values: Record<string, fc.Arbitrary<unknown>> = {
    segment: orAbsent(fc.constantFrom({ start: 0, end: 5 }, { start: 1.5, end: 6 }, { start: 5, end: 300 })),
    firstSpeechSeconds: orAbsent(fc.integer({ min: 1, max: 120 })),
    speaker: orAny(speaker),
    // A long list with a single unknown speaker is refused.
    speakers: fc.constantFrom("alice", "bob", "carol"),
    add: orAny(speaker),
    remove: orAny(speaker),
    id: orAny(fc.constantFrom("alice", "bob", "carol", "dave", "team")),
    group: orAny(fc.constant("team")),
    lifetimeSeconds: fc.integer({ min: 1, max: 900 }),
    watchlist: fc.constant("team"),
    // A verification with a challenge that was made elsewhere is refused.
    challenge: orAbsent(fc.string()),
    transcript: orAbsent(fc.string()),
    calibration: orAny(choice("cal")),
    calibrationId: orAny(choice("cal")),
    cohort: orAny(choice("coh")),
    cohortId: orAny(choice("coh")),
    from: orAny(fc.oneof(fc.constantFrom("registry", "bundled"), some("coh"))),
    mediaType: fc.constantFrom("audio/wav", "audio/ogg", "application/x-ndjson", "text/x"),
    base64: recording,
    url: orAny(fc.constant("https://app.example.com/hook")),
    expiresAt: fc.constantFrom("2031-01-31", "2031-01-31T12:00:00Z"),
    to: fc.constantFrom("2031-01-31", "2031-01-31T12:00:00Z"),
    at: fc.constantFrom("2025-01-31", "2025-01-31T12:00:00Z"),
    givenAt: fc.constantFrom("2025-01-31", "2025-01-31T12:00:00Z"),
    by: fc.constantFrom("2031-01-31", "2031-01-31T12:00:00Z"),
    "If-Match": fc.constantFrom("*", '"4"', '"1"', "4"),
    "Idempotency-Key": fc.uuid(),
  };
  return (name) => {
    const prefix = PREFIXES[name];
    return prefix ? orAny(some(prefix)) : values[name];
  };
}

function bodySchema(operation: Operation): Schema | undefined {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  return schema && resolved(schema);
}

/** Puts schemas in the place of references to them. No request schema refers to itself. */
function resolved<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const ref = "$ref" in value && typeof value.$ref === "string" ? value.$ref : undefined;
  if (ref) return resolved(document.components.schemas[ref.slice("#/$defs/".length)]);
  if (Array.isArray(value)) return value.map(resolved) as T;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one)])) as T;
}

/** Generates a request of the operation with this body. */
function requestOf(
  { path, operation }: Place,
  known: Known,
  body: fc.Arbitrary<unknown>,
): fc.Arbitrary<Request> {
  // A part of a reply doesn't match the schema of the whole.
  const parameters = (operation.parameters ?? []).filter((one) => one.name !== "fields");
  // With a JSON body, the fields are in the body.
  const used = parameters.filter((one) => one.in !== "query" || operation.requestBody === undefined);
  const values = fc.record(Object.fromEntries(used.map((one) => [one.name, parameterValue(one, known)])), {
    requiredKeys: used.filter((one) => one.in === "path").map((one) => one.name),
  });
  return fc.tuple(values, body).map(([given, content]) => {
    const at = (place: Parameter["in"]) =>
      used.filter((one) => one.in === place && given[one.name] !== undefined).map((one) => one.name);
    return {
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given[name]))),
      query: new URLSearchParams(
        Object.fromEntries(at("query").map((name) => [name, String(given[name])])),
      ).toString(),
      headers: Object.fromEntries(at("header").map((name) => [name, String(given[name])])),
      body: content,
    };
  });
}

/** A client removes the segments `.` and `..` from a path, which is then another route's. */
function parameterValue({ name, in: place, schema }: Parameter, known: Known): fc.Arbitrary<unknown> {
  const value = valid(schema, known, name);
  return place === "path" ? value.filter((one) => one !== "." && one !== "..") : value;
}

const NO_BODY = fc.constant(undefined);
/**
 * Operations that need more speakers than a stage has, or fields that belong to one kind of job.
 * calibrations.202.test.ts, candidates.200.test.ts, jobs.202.test.ts and diarize.202.test.ts cover
 * them.
 */
const NEEDS_MORE = ["calibrate", "splitCandidate", "startJob"];

function withUnknownQuery(place: Place, known: Known): fc.Arbitrary<Request> {
  const text = fc.string({ minLength: 1, maxLength: 60 });
  return fc
    .tuple(requestOf(place, known, NO_BODY), text, text)
    .map(([one, name, value]) => ({ ...one, query: new URLSearchParams([[name, value]]).toString() }));
}

async function send(
  { method }: Place,
  stage: Stage,
  { path, query, headers, body }: Request,
): Promise<Answer> {
  const answer = await stage.api.call(method.toUpperCase(), query === "" ? path : `${path}?${query}`, {
    headers: { ...(body === undefined ? {} : json), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  harvest(stage, answer);
  // A new minute, so that no pause of an earlier request is in the way.
  stage.api.services.clock.advance(61);
  return answer;
}

/** Throws if the document doesn't describe the reply. */
function expectDocumented({ operation }: Place, { status, headers, text, body }: Answer): void {
  const given = operation.responses[status];
  const response: Response | undefined = given?.$ref
    ? document.components.responses[given.$ref.split("/").at(-1) ?? ""]
    : given;
  expect(Object.keys(operation.responses), text).toContain(String(status));
  expect(status, text).not.toBe(500);
  const [mediaType] = (headers.get("Content-Type") ?? "").split(";");
  const content = response?.content;
  if (!content) return void expect(text).toBe("");
  expect(Object.keys(content)).toContain(mediaType);
  const schema = content[mediaType ?? ""]?.schema;
  const mismatch = mismatches({ ...schema, $defs: document.components.schemas });
  expect(mismatch(body), `${status} ${text}`).toEqual([]);
}

const check = (
  request: fc.Arbitrary<Request>,
  verdict: (request: Request) => Promise<void>,
  numRuns = RUNS,
) => fc.assert(fc.asyncProperty(request, verdict), { numRuns, seed: SEED, endOnFailure: true });

describe.each(places)("$operation.operationId", (place) => {
  const schema = bodySchema(place.operation);

  test("generated requests get documented replies, and some succeed", async () => {
    const stage = await openStage();
    const known = knownIn(stage);
    let succeeded = 0;
    const verdict = async (request: Request) => {
      const answer = await send(place, stage, request);
      expectDocumented(place, answer);
      if (answer.status < 300) succeeded += 1;
    };
    const requests = requestOf(place, known, schema ? valid(schema, known) : NO_BODY);
    await check(requests, verdict, MORE_RUNS[place.operation.operationId]);
    if (!NEEDS_MORE.includes(place.operation.operationId)) expect(succeeded).toBeGreaterThan(0);

    const rejected = schema
      ? requestOf(place, known, invalid(schema, known))
      : withUnknownQuery(place, known);
    await check(rejected, async (request) => {
      const answer = await send(place, stage, request);
      expectDocumented(place, answer);
      if (schema) expect(answer.status, JSON.stringify(request)).toBeGreaterThanOrEqual(400);
    });
  });
});
