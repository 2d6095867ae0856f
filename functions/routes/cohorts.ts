import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { buildCohort } from "../../lib/domain/cohort/build.ts";
import { activateCohort, listCohorts, reportCohort } from "../../lib/domain/cohort/cohort.ts";
import type { CohortReport } from "../../lib/domain/cohort/report.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput, queryFields } from "../http/body/audio-input.ts";
import { Audio, fetchAudio, jsonAudio } from "../http/body/audio-source.ts";
import { cohortIdOf, Name, NoFields, parse } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded, reading } from "../http/guard/guard.ts";
import { BuiltCohort, Cohort, CohortList, ReportedCohort } from "../http/replies/cohort-replies.ts";
import { bearer, failures, idempotencyKey, jsonBody, reply } from "../http/replies/describe.ts";

const MOST_CLIPS = 500;
/** Read as it comes: what is wrong with the audio is told by its own words, as at other routes. */
const Clip = z.strictObject({
  audio: z.unknown(),
  voice: Name.optional(),
  language: z.string().min(1).max(35).optional(),
});
const Wanted = z.strictObject({
  name: Name.optional(),
  from: z.array(z.string().min(1).max(100)).max(20).optional(),
  clips: z.array(Clip).max(MOST_CLIPS).optional(),
  topN: z.int().min(2).max(10_000).optional(),
  skipUnfit: z.boolean().optional(),
});
const Described = Wanted.extend({
  from: z.array(z.string()).optional().openapi({
    description:
      "`registry`: the registry's speakers, each left out of its own trials; `bundled`: the model's cohort; ids: cohorts of the registry's own, to grow from.",
  }),
  clips: z
    .array(Clip.extend({ audio: Audio }))
    .max(MOST_CLIPS)
    .optional()
    .openapi({
      description: "Clips of one `voice` make one row; without it each clip is a voice of its own.",
    }),
});
const Choice = z.strictObject({
  cohort: z
    .string()
    .min(1)
    .max(100)
    .openapi({ description: "An id, `previous` (roll back) or `bundled` (what came with the model)." }),
});
const cohortParams = z.object({ cohortId: z.string() });

export const buildCohortDefinition = createRoute({
  operationId: "buildCohort",
  summary: "Make a cohort of clips, of the registry's speakers, of the model's own, or of several of these",
  tags: ["Calibration"],
  method: "post",
  path: "/cohorts",
  security: bearer,
  parameters: [idempotencyKey],
  request: { body: jsonBody(Described) },
  responses: { 201: reply("The cohort and how fit it is; it is not active", BuiltCohort), ...failures },
});

export const listCohortsDefinition = createRoute({
  operationId: "listCohorts",
  summary: "The model's cohort and the registry's own",
  tags: ["Calibration"],
  method: "get",
  path: "/cohorts",
  security: bearer,
  responses: { 200: reply("The cohorts", CohortList), ...failures },
});

export const readCohortDefinition = createRoute({
  operationId: "readCohort",
  summary: "One cohort and how fit it is to normalize by",
  tags: ["Calibration"],
  method: "get",
  path: "/cohorts/{cohortId}",
  security: bearer,
  request: { params: cohortParams },
  responses: { 200: reply("The cohort", ReportedCohort), ...failures },
});

export const activateCohortDefinition = createRoute({
  operationId: "activateCohort",
  summary:
    "Normalize by this cohort from now on, with the thresholds that were measured with it, or roll back",
  tags: ["Calibration"],
  method: "put",
  path: "/cohorts/active",
  security: bearer,
  parameters: [idempotencyKey],
  request: { body: jsonBody(Choice) },
  responses: { 200: reply("The active cohort", Cohort), ...failures },
});

export function buildCohortRoute(services: Services) {
  const middleware = guarded(services, buildCohortDefinition, "calibrations", "fields");
  return new OpenAPIHono<Env>().openapi({ ...buildCohortDefinition, middleware }, async (c) => {
    const { from = [], clips = [], ...wanted } = jsonInput(c, Wanted);
    const { registryId } = c.var.registry;
    const sources = clips.map(({ audio, ...clip }, i) => {
      const source = jsonAudio(audio, `/clips/${i}/audio`);
      return { ...clip, label: `clip ${i + 1}`, read: () => fetchAudio(services, c, source) };
    });
    const named = from.filter((one) => one !== "registry" && one !== "bundled").map(cohortIdOf);
    const { record, created, left } = await buildCohort(services, {
      ...wanted,
      registryId,
      clips: sources,
      registry: from.includes("registry"),
      bundled: from.includes("bundled"),
      cohorts: named,
    });
    const cohort = await reportCohort(services, { registryId, cohort: record.cohortId });
    return c.json(BuiltCohort.parse({ cohort: shown(cohort, c.var.key.scopes), created, left }), 201);
  });
}

export function listCohortsRoute(services: Services) {
  const middleware = reading(services, listCohortsDefinition, "calibrations");
  return new OpenAPIHono<Env>().openapi({ ...listCohortsDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const cohorts = await listCohorts(services, { registryId: c.var.registry.registryId });
    return c.json(CohortList.parse({ cohorts }), 200);
  });
}

export function readCohortRoute(services: Services) {
  const middleware = reading(services, readCohortDefinition, "calibrations");
  return new OpenAPIHono<Env>().openapi({ ...readCohortDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const text = c.req.param("cohortId");
    const cohort = await reportCohort(services, {
      registryId: c.var.registry.registryId,
      cohort: text === "bundled" ? text : cohortIdOf(text),
    });
    return c.json(ReportedCohort.parse(shown(cohort, c.var.key.scopes)), 200);
  });
}

export function activateCohortRoute(services: Services) {
  const middleware = guarded(services, activateCohortDefinition, "calibrations", "fields");
  return new OpenAPIHono<Env>().openapi({ ...activateCohortDefinition, middleware }, async (c) => {
    const { cohort: wanted } = jsonInput(c, Choice);
    const word = wanted === "previous" || wanted === "bundled";
    const { registryId } = c.var.registry;
    const cohort = word ? wanted : cohortIdOf(wanted);
    return c.json(Cohort.parse(await activateCohort(services, { registryId, cohort })), 200);
  });
}

/** A cosine between two people is a score too. */
function shown<View extends { report: CohortReport }>(view: View, scopes: readonly Scope[]) {
  if (scopes.includes("scores:read")) return view;
  const { nearDuplicates } = view.report;
  const pairs = nearDuplicates.pairs.map((pair) => ({ ...pair, cosine: null }));
  return { ...view, report: { ...view.report, spread: null, nearDuplicates: { ...nearDuplicates, pairs } } };
}
