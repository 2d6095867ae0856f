import { z } from "@hono/zod-openapi";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import {
  activateCalibration,
  listCalibrations,
  readCalibration,
} from "../../lib/domain/calibration/calibration.ts";
import type { ListedTrial } from "../../lib/domain/calibration/listed-trials.ts";
import { Calibration, CalibrationList, FittedCalibration } from "../../lib/schema/calibration.ts";
import { AUDIO_JSON } from "../http/body/json.ts";
import { calibrationIdOf, clipIdOf, cohortIdOf, Far, Speaker, speakerIdOf } from "../http/body/schema.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const MAX_TRIALS = 50_000;
const TRIALS_LIMITS = { ...AUDIO_JSON, items: 10 * MAX_TRIALS };
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
const Source = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("registry"), ...options }),
  z.strictObject({ from: z.literal("trials"), trials: z.array(Trial).min(1).max(MAX_TRIALS), ...options }),
]);
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
      summary: "Fit thresholds on the registry's own voices, or on a labeled list of trials over them",
      method: "post",
      input: jsonFields(Source, { limits: TRIALS_LIMITS }),
      reply: {
        status: 201,
        description: "The new calibration. It becomes the active one only with `activate`.",
        schema: FittedCalibration,
      },
    },
    (services, { registry: { registryId }, fields }) =>
      calibrate(services, {
        registryId,
        defaultFar: fields.defaultFar,
        cohort: fields.cohort === undefined ? undefined : cohortOf(fields.cohort),
        trials: fields.from === "trials" ? fields.trials.map(listedTrial) : undefined,
        activate: fields.activate,
      }),
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
    }),
  ),
  route(
    {
      ...calibrations,
      operationId: "activateCalibration",
      summary: "Make a calibration the active one, or roll back",
      method: "put",
      path: "/calibrations/active",
      input: jsonFields(Choice),
      reply: { description: "The active calibration", schema: Calibration },
    },
    (services, { registry: { registryId }, fields }) =>
      activateCalibration(services, { registryId, calibration: choiceOf(fields.calibration) }),
  ),
  route(
    {
      ...calibrations,
      operationId: "readCalibration",
      summary: "Read one calibration, with every threshold and its uncertainty",
      method: "get",
      path: "/calibrations/{calibrationId}",
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
