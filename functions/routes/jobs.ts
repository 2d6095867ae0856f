import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { type ManifestLine, readJob, startJob } from "../../lib/domain/job/job.ts";
import { MANIFEST_TYPE } from "../../lib/domain/upload/upload.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput, queryFields } from "../http/body/audio-input.ts";
import { DescribedLine, inlineLines, manifestLines } from "../http/body/manifest.ts";
import { invalid, jobIdOf, parse, uploadIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { requireScope } from "../http/guard/auth.ts";
import { openCursor, sealCursor } from "../http/guard/cursor.ts";
import { guarded, reading } from "../http/guard/guard.ts";
import { heldFile } from "../http/guard/held-uploads.ts";
import { bearer, failures, idempotencyKey, jsonBody, queryOf, reply } from "../http/replies/describe.ts";
import { Job, JobPage } from "../http/replies/job-replies.ts";

const MOST_INLINE = 1000;
const SCOPES: readonly Scope[] = ["speakers:write", "calibrations"];
const UploadedManifest = z.strictObject({ upload: z.string().min(1).max(100) });

const Wanted = z.strictObject({
  kind: z.enum(["enroll-batch", "re-embed", "refresh-statistics"]),
  manifest: UploadedManifest.optional(),
  lines: z.array(z.unknown()).min(1).max(MOST_INLINE).optional(),
});
const Described = Wanted.extend({
  kind: Wanted.shape.kind.openapi({
    description:
      "`enroll-batch`: enrollments, a line each. `re-embed`: rebuild the voiceprints that another model made. `restate`: bring all statistics to the active cohort.",
  }),
  manifest: UploadedManifest.optional().openapi({
    description: `An upload of type ${MANIFEST_TYPE}: the lines, one JSON object each, 100,000 at most.`,
  }),
  lines: z.array(DescribedLine).min(1).max(MOST_INLINE).optional(),
});
const PageFields = z.strictObject({
  limit: z.int().min(1).max(1000).optional().openapi({ description: "100 where not given." }),
  cursor: z.string().optional().openapi({ description: "`next` of the page before." }),
});

export const startJobDefinition = createRoute({
  operationId: "startJob",
  summary:
    "Work in the background: enroll a batch, rebuild voiceprints for another model, restate statistics",
  tags: ["Jobs"],
  method: "post",
  path: "/jobs",
  security: bearer,
  parameters: [idempotencyKey],
  request: { body: jsonBody(Described) },
  responses: { 202: reply("The job has been noted", Job), ...failures },
});

export const readJobDefinition = createRoute({
  operationId: "readJob",
  summary: "How far a job is, and what became of each line",
  tags: ["Jobs"],
  method: "get",
  path: "/jobs/{jobId}",
  security: bearer,
  parameters: queryOf(PageFields),
  request: { params: z.object({ jobId: z.string() }) },
  responses: { 200: reply("The job and a page of results, in the order of the lines", JobPage), ...failures },
});

export function startJobRoute(services: Services) {
  const middleware = guarded(services, startJobDefinition, SCOPES, "fields");
  return new OpenAPIHono<Env>().openapi({ ...startJobDefinition, middleware }, async (c) => {
    const { kind, manifest, lines } = jsonInput(c, Wanted);
    requireScope(c.var.key.scopes, kind === "refresh-statistics" ? "calibrations" : "speakers:write");
    const given = [manifest, lines].filter((one) => one !== undefined).length;
    if (given !== (kind === "enroll-batch" ? 1 : 0))
      throw invalid([
        { pointer: "/manifest", detail: "enroll-batch needs either a manifest or lines, and only it does." },
      ]);
    const { registryId } = c.var.registry;
    const read = async (): Promise<ManifestLine[]> =>
      manifest
        ? manifestLines(await heldFile(services, c, uploadIdOf(manifest.upload), MANIFEST_TYPE))
        : inlineLines(lines ?? []);
    const wanted = kind === "enroll-batch" ? { kind, lines: await read() } : { kind };
    return c.json(Job.parse(await startJob(services, { registryId, ...wanted })), 202);
  });
}

export function readJobRoute(services: Services) {
  const middleware = reading(services, readJobDefinition, SCOPES);
  return new OpenAPIHono<Env>().openapi({ ...readJobDefinition, middleware }, async (c) => {
    const { limit = 100, cursor } = parse(PageFields, queryFields(c));
    const { registryId } = c.var.registry;
    const jobId = jobIdOf(c.req.param("jobId"));
    const place = { registryId, route: `${readJobDefinition.path} ${jobId}` };
    const after = cursor === undefined ? 0 : Number(openCursor(services, place, cursor));
    const { job, results, next } = await readJob(services, { registryId, jobId, limit, after });
    const page = {
      job,
      results,
      next: next === undefined ? null : sealCursor(services, place, String(next)),
    };
    return c.json(JobPage.parse(page), 200);
  });
}
