import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import {
  activateCalibration,
  listCalibrations,
  readCalibration,
} from "../../lib/domain/calibration/calibration.ts";
import type { ListedTrial } from "../../lib/domain/calibration/listed-trials.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput, queryFields } from "../http/body/audio-input.ts";
import {
  calibrationIdOf,
  clipIdOf,
  cohortIdOf,
  Far,
  NoFields,
  parse,
  Speaker,
  speakerIdOf,
} from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded, reading } from "../http/guard/guard.ts";
import { Calibration, CalibrationList, Fitted } from "../http/replies/calibration-replies.ts";
import { bearer, failures, idempotencyKey, jsonBody, reply } from "../http/replies/describe.ts";

const MOST_TRIALS = 50_000;
const Side = z.strictObject({ speaker: Speaker, clip: z.string().min(1).max(100).optional() });
const Trial = z.strictObject({
  label: z.union([z.literal(0), z.literal(1)]).openapi({ description: "1: one person; 0: two." }),
  enrolled: Side.openapi({ description: "A clip, or without `clip` the voiceprint." }),
  probe: Side.required(),
});
const CohortField = z.string().min(1).max(100).openapi({
  description: "Measure with this cohort, which need not be active yet; `bundled` is the model's own.",
});
const Wanted = z.discriminatedUnion("from", [
  z.strictObject({
    from: z.literal("registry"),
    cohort: CohortField.optional(),
    defaultFar: Far.optional(),
    activate: z.boolean().optional(),
  }),
  z.strictObject({
    from: z.literal("trials"),
    trials: z.array(Trial).min(1).max(MOST_TRIALS),
    cohort: CohortField.optional(),
    defaultFar: Far.optional(),
    activate: z.boolean().optional(),
  }),
]);
const Choice = z.strictObject({
  calibration: z
    .string()
    .min(1)
    .max(100)
    .openapi({ description: "An id, `previous` (roll back) or `bundled` (what came with the model)." }),
});
const calibrationParams = z.object({ calibrationId: z.string() });

export const calibrateDefinition = createRoute({
  operationId: "calibrate",
  summary: "Fit thresholds on the registry's own voices, or on a labeled list of trials over them",
  tags: ["Calibration"],
  method: "post",
  path: "/calibrations",
  security: bearer,
  parameters: [idempotencyKey],
  request: { body: jsonBody(Wanted) },
  responses: {
    201: reply("The calibration, beside the active one; not active unless asked", Fitted),
    ...failures,
  },
});

export const listCalibrationsDefinition = createRoute({
  operationId: "listCalibrations",
  summary: "The model's calibration and the registry's own",
  tags: ["Calibration"],
  method: "get",
  path: "/calibrations",
  security: bearer,
  responses: { 200: reply("Without their tables", CalibrationList), ...failures },
});

export const readCalibrationDefinition = createRoute({
  operationId: "readCalibration",
  summary: "One calibration with every threshold and how sure it is",
  tags: ["Calibration"],
  method: "get",
  path: "/calibrations/{calibrationId}",
  security: bearer,
  request: { params: calibrationParams },
  responses: { 200: reply("The calibration", Calibration), ...failures },
});

export const activateCalibrationDefinition = createRoute({
  operationId: "activateCalibration",
  summary: "Decide by this calibration from now on, or roll back",
  tags: ["Calibration"],
  method: "put",
  path: "/calibrations/active",
  security: bearer,
  parameters: [idempotencyKey],
  request: { body: jsonBody(Choice) },
  responses: { 200: reply("The active calibration", Calibration), ...failures },
});

export function calibrateRoute(services: Services) {
  const middleware = guarded(services, calibrateDefinition, "calibrations", "fields");
  return new OpenAPIHono<Env>().openapi({ ...calibrateDefinition, middleware }, async (c) => {
    const wanted = jsonInput(c, Wanted);
    const { registryId } = c.var.registry;
    const { cohort: text } = wanted;
    const cohort = text === undefined || text === "bundled" ? text : cohortIdOf(text);
    const result = await calibrate(services, {
      registryId,
      defaultFar: wanted.defaultFar,
      cohort,
      trials: wanted.from === "trials" ? wanted.trials.map(listedTrial) : undefined,
      activate: wanted.activate,
    });
    return c.json(Fitted.parse(result), 201);
  });
}

const listedTrial = ({ label, enrolled, probe }: z.infer<typeof Trial>): ListedTrial => ({
  label,
  enrolled: {
    speaker: speakerIdOf(enrolled.speaker),
    clip: enrolled.clip === undefined ? undefined : clipIdOf(enrolled.clip),
  },
  probe: { speaker: speakerIdOf(probe.speaker), clip: clipIdOf(probe.clip) },
});

export function listCalibrationsRoute(services: Services) {
  const middleware = reading(services, listCalibrationsDefinition, "calibrations");
  return new OpenAPIHono<Env>().openapi({ ...listCalibrationsDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const calibrations = await listCalibrations(services, { registryId: c.var.registry.registryId });
    return c.json(CalibrationList.parse({ calibrations }), 200);
  });
}

export function readCalibrationRoute(services: Services) {
  const middleware = reading(services, readCalibrationDefinition, "calibrations");
  return new OpenAPIHono<Env>().openapi({ ...readCalibrationDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registryId } = c.var.registry;
    const calibrationId = calibrationIdOf(c.req.param("calibrationId"));
    return c.json(Calibration.parse(await readCalibration(services, { registryId, calibrationId })), 200);
  });
}

export function activateCalibrationRoute(services: Services) {
  const middleware = guarded(services, activateCalibrationDefinition, "calibrations", "fields");
  return new OpenAPIHono<Env>().openapi({ ...activateCalibrationDefinition, middleware }, async (c) => {
    const { calibration: wanted } = jsonInput(c, Choice);
    const word = wanted === "previous" || wanted === "bundled";
    const calibration = word ? wanted : calibrationIdOf(wanted);
    const { registryId } = c.var.registry;
    return c.json(Calibration.parse(await activateCalibration(services, { registryId, calibration })), 200);
  });
}
