import { z } from "@hono/zod-openapi";
import { calibrationAdvice } from "../../lib/domain/calibration/advice.ts";
import {
  activateCalibration,
  listCalibrations,
  readCalibration,
} from "../../lib/domain/calibration/calibration.ts";
import type { ListedTrial } from "../../lib/domain/calibration/listed-trials.ts";
import { startCalibration } from "../../lib/domain/job/calibration-job.ts";
import { Calibration, CalibrationList, CalibrationSummary } from "../../lib/schema/calibration.ts";
import { inSlices } from "../../lib/slices.ts";
import { LIST_JSON } from "../http/body/json.ts";
import {
  calibrationIdOf,
  clipIdOf,
  cohortIdOf,
  Far,
  parseEach,
  Speaker,
  speakerIdOf,
} from "../http/body/schema.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { startedJob, withLocation } from "./started-job.ts";

const MAX_TRIALS = 50_000;
const TRIALS_LIMITS = { ...LIST_JSON, items: 10 * MAX_TRIALS };
const Side = z.strictObject({ speaker: Speaker, clip: z.string().min(1).max(100).optional() });
const Trial = z.strictObject({
  label: z
    .union([z.literal(0), z.literal(1)])
    .describe("1 if both sides are the same person, 0 if they are different people."),
  enrolled: Side.describe("The enrolled side: a clip, or the whole voiceprint without `clip`."),
  probe: Side.required(),
});
const CohortField = z
  .string()
  .min(1)
  .max(100)
  .describe(
    "The cohort to measure with, which doesn't have to be active. `bundled` is the model's own cohort.",
  );
const options = {
  cohort: CohortField.optional(),
  defaultFar: Far.optional(),
  activate: z.boolean().optional(),
};
const Decisions = z
  .boolean()
  .optional()
  .describe("Fit on labeled verifications as well (`POST /decisions/{decisionId}/label`).");
const source = <T extends z.ZodType>(trial: T) =>
  z.discriminatedUnion("from", [
    z.strictObject({ from: z.literal("registry"), decisions: Decisions, ...options }),
    z.strictObject({ from: z.literal("trials"), trials: z.array(trial).min(1).max(MAX_TRIALS), ...options }),
  ]);
/** The trials are parsed one by one: all at once would keep other requests waiting. */
const Source = source(z.unknown());
const ShownSource = source(Trial);
const Choice = z.strictObject({
  calibration: z
    .string()
    .min(1)
    .max(100)
    .describe("A calibration's ID, `previous` to roll back, or `bundled` for the model's own calibration."),
});

const calibrations = { tag: "Calibration", path: "/calibrations", scope: "calibrations" } as const;

export const calibrationRoutes = [
  route(
    {
      ...calibrations,
      operationId: "calibrate",
      details: "Read the job with `GET /jobs/{jobId}` until its `state` is `done`.",
      summary:
        "Fit thresholds on the registry's own voices, or on a labeled list of trials over them, in a job",
      method: "post",
      problems: [
        "clip-not-found",
        "cohort-not-found",
        "cohort-mismatch",
        "cohort-too-small",
        "speaker-not-found",
      ],
      input: jsonFields(Source, { shown: ShownSource, limits: TRIALS_LIMITS }),
      reply: {
        ...startedJob,
        description:
          "The job. Its result is the new calibration, which becomes the active one only with `activate`.",
      },
    },
    async (services, { registry: { registryId }, fields, act, c }) => {
      const { from, cohort, defaultFar, activate } = fields;
      const parsed = from === "trials" ? await parseEach(Trial, fields.trials, "/trials") : undefined;
      const job = await startCalibration(services, {
        registryId,
        keyId: c.var.key.keyId,
        attempt: c.var.attempt,
        calibration: {
          from,
          cohort: cohort === undefined ? undefined : cohortOf(cohort),
          defaultFar,
          activate,
          ...(fields.from === "registry" ? { decisions: fields.decisions } : {}),
        },
        trials: parsed && (await inSlices(parsed, listedTrial)),
      });
      act.details = { job: job.id, activate: activate ?? false };
      return withLocation(c, job);
    },
  ),
  route(
    {
      ...calibrations,
      operationId: "listCalibrations",
      summary: "List the model's calibration and the registry's own",
      method: "get",
      input: noFields,
      reply: { description: "The calibrations, without their tables", schema: CalibrationList },
    },
    async (services, { registry: { registryId } }) => ({
      calibrations: await listCalibrations(services, { registryId }),
      advice: await calibrationAdvice(services, { registryId }),
    }),
  ),
  route(
    {
      ...calibrations,
      operationId: "activateCalibration",
      summary: "Make a calibration the active one, or roll back",
      method: "put",
      path: "/calibrations/active",
      problems: ["calibration-not-found", "calibration-mismatch"],
      input: jsonFields(Choice),
      reply: {
        description: "The active calibration, without its tables; read it for those",
        schema: CalibrationSummary,
      },
    },
    async (services, { registry: { registryId }, fields, act }) => {
      const calibration = choiceOf(fields.calibration);
      const active = await activateCalibration(services, { registryId, calibration });
      act.details = { calibration: active.id };
      return active;
    },
  ),
  route(
    {
      ...calibrations,
      operationId: "readCalibration",
      summary: "Read one calibration, with every threshold and its uncertainty",
      method: "get",
      path: "/calibrations/{calibrationId}",
      problems: ["calibration-not-found"],
      input: noFields,
      reply: { description: "The calibration", schema: Calibration },
    },
    (services, { registry: { registryId }, param }) =>
      readCalibration(services, { registryId, calibrationId: calibrationIdOf(param("calibrationId")) }),
  ),
];

const cohortOf = (text: string) => (text === "bundled" ? text : cohortIdOf(text));
const choiceOf = (text: string) => (text === "previous" || text === "bundled" ? text : calibrationIdOf(text));

const listedTrial = ({ label, enrolled, probe }: z.infer<typeof Trial>): ListedTrial => ({
  label,
  enrolled: {
    speaker: speakerIdOf(enrolled.speaker),
    clip: enrolled.clip === undefined ? undefined : clipIdOf(enrolled.clip),
  },
  probe: { speaker: speakerIdOf(probe.speaker), clip: clipIdOf(probe.clip) },
});
