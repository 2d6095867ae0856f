import { z } from "@hono/zod-openapi";
import { activateCohort, listCohorts, reportCohort } from "../../lib/domain/cohort/cohort.ts";
import { startCohort } from "../../lib/domain/job/cohort-job.ts";
import { Cohort, CohortList, ReportedCohort } from "../../lib/schema/cohort.ts";
import { inSlices } from "../../lib/slices.ts";
import { Audio, jsonAudio } from "../http/body/audio-source.ts";
import { LIST_JSON } from "../http/body/json.ts";
import { lineAudio } from "../http/body/manifest.ts";
import { cohortIdOf, Name } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { shownCohort } from "./scores.ts";
import { startedJob, withLocation } from "./started-job.ts";

const MAX_CLIPS = 500;
const CLIPS_LIMITS = { ...LIST_JSON, items: 10 * MAX_CLIPS };
/** `jsonAudio` parses `audio`, so that a fault in it gets the same message as in other requests. */
const Clip = z.strictObject({
  audio: z.unknown(),
  voice: Name.optional(),
  language: z.string().min(1).max(35).optional(),
});
const Fields = z.strictObject({
  name: Name.optional(),
  from: z.array(z.string().min(1).max(100)).max(20).optional(),
  clips: z.array(Clip).max(MAX_CLIPS).optional(),
  topN: z.int().min(2).max(10_000).optional(),
  skipUnfit: z.boolean().optional(),
});
const ShownFields = Fields.extend({
  from: z
    .array(z.string())
    .optional()
    .describe(
      "What to build from. `registry`: the registry's speakers; each is left out of trials against itself. " +
        "`bundled`: the model's own cohort. An ID: one of the registry's cohorts, to extend it.",
    ),
  clips: z
    .array(Clip.extend({ audio: Audio }))
    .max(MAX_CLIPS)
    .optional()
    .describe(
      "Clips with the same `voice` are averaged into one row. A clip without `voice` is a row of its own.",
    ),
});
const Choice = z.strictObject({
  cohort: z
    .string()
    .min(1)
    .max(100)
    .describe("A cohort's ID, `previous` to roll back, or `bundled` for the model's own cohort."),
});

const cohorts = { tag: "Calibration", path: "/cohorts", scope: "calibrations" } as const;

export const cohortRoutes = [
  route(
    {
      ...cohorts,
      operationId: "buildCohort",
      details: "Read the job with `GET /jobs/{jobId}` until its `state` is `done`.",
      summary:
        "Build a cohort from clips, the registry's speakers, the model's own cohort, or a mix of them, in a job",
      method: "post",
      problems: [
        "clip-not-found",
        "cohort-not-found",
        "cohort-mismatch",
        "speaker-not-found",
        "upload-not-found",
      ],
      input: jsonFields(Fields, { shown: ShownFields, limits: CLIPS_LIMITS }),
      reply: {
        ...startedJob,
        description: "The job. Its result is the cohort, which is not active yet.",
      },
    },
    async (services, { registry: { registryId }, scopes, fields, act, c }) => {
      const { from = [], clips = [], ...details } = fields;
      const lines = await inSlices(clips, ({ audio, ...clip }, i) => {
        const source = lineAudio(jsonAudio(audio, `/clips/${i}/audio`));
        if ("clip" in source) requireScope(scopes, "clips:read");
        return { ...clip, audio: source };
      });
      const cohort = {
        ...details,
        registry: from.includes("registry"),
        bundled: from.includes("bundled"),
        cohorts: from.filter((name) => name !== "registry" && name !== "bundled").map(cohortIdOf),
      };
      const { key, attempt } = c.var;
      const input = { registryId, keyId: key.keyId, attempt, cohort, clips: lines };
      const job = await startCohort(services, input);
      act.details = { job: job.id };
      return withLocation(c, job);
    },
  ),
  route(
    {
      ...cohorts,
      operationId: "listCohorts",
      summary: "List the model's cohort and the registry's own",
      method: "get",
      input: noFields,
      reply: { description: "The cohorts", schema: CohortList },
    },
    async (services, { registry: { registryId } }) => ({
      cohorts: await listCohorts(services, { registryId }),
    }),
  ),
  route(
    {
      ...cohorts,
      operationId: "activateCohort",
      summary: "Make a cohort the active one, with the thresholds that were measured with it, or roll back",
      method: "put",
      path: "/cohorts/active",
      problems: ["cohort-not-found", "cohort-mismatch", "cohort-too-small"],
      input: jsonFields(Choice),
      reply: { description: "The active cohort", schema: Cohort },
    },
    async (services, { registry: { registryId }, fields, act }) => {
      const active = await activateCohort(services, { registryId, cohort: choiceOf(fields.cohort) });
      act.details = { cohort: active.id };
      return active;
    },
  ),
  route(
    {
      ...cohorts,
      operationId: "readCohort",
      summary: "Read one cohort and a report on its quality",
      method: "get",
      path: "/cohorts/{cohortId}",
      problems: ["cohort-not-found"],
      input: noFields,
      reply: { description: "The cohort", schema: ReportedCohort },
    },
    async (services, { registry: { registryId }, scopes, param }) => {
      const id = param("cohortId");
      const cohort = id === "bundled" ? id : cohortIdOf(id);
      return shownCohort(await reportCohort(services, { registryId, cohort }), scopes);
    },
  ),
];

const choiceOf = (text: string) => (text === "previous" || text === "bundled" ? text : cohortIdOf(text));
