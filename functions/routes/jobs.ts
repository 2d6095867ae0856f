import { z } from "@hono/zod-openapi";
import { readJob, startJob } from "../../lib/domain/job/job.ts";
import type { ManifestLine } from "../../lib/domain/job/lines.ts";
import { MANIFEST_TYPE } from "../../lib/domain/upload/upload.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { JobPage, StartedKind } from "../../lib/schema/job.ts";
import { LIST_JSON } from "../http/body/json.ts";
import { inlineLines, manifestLines, ShownLine } from "../http/body/manifest.ts";
import { invalid, jobIdOf, PageFields, uploadIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { openCursor, sealCursor } from "../http/guard/cursor.ts";
import { heldFile } from "../http/guard/held-uploads.ts";
import { jsonFields, query } from "../http/input.ts";
import { route } from "../http/route.ts";
import { startedJob, withLocation } from "./started-job.ts";

const MAX_INLINE_LINES = 1000;
/** A line has 10 clips, 16 fields of metadata and a few others at most. */
const LINES_LIMITS = { ...LIST_JSON, items: 100 * MAX_INLINE_LINES };
const DEFAULT_LIMIT = 100;
/** Which of the two a job needs depends on its kind. */
const SCOPES: readonly Scope[] = ["speakers:write", "calibrations"];
const UploadedManifest = z.strictObject({ upload: z.string().min(1).max(100) });

const Fields = z.strictObject({
  kind: StartedKind,
  manifest: UploadedManifest.optional(),
  lines: z.array(z.unknown()).min(1).max(MAX_INLINE_LINES).optional(),
});
const ShownFields = Fields.extend({
  kind: Fields.shape.kind.describe(
    "`enroll-batch` enrolls one speaker's clips per line. `re-embed` rebuilds the voiceprints that another model " +
      "made. `refresh-statistics` recomputes all normalization statistics with the active cohort.",
  ),
  manifest: UploadedManifest.optional().describe(
    `An upload of type ${MANIFEST_TYPE} with one JSON object per line, at most 100,000 lines.`,
  ),
  lines: z.array(ShownLine).min(1).max(MAX_INLINE_LINES).optional(),
});

const readPath = "/jobs/{jobId}";

export const jobRoutes = [
  route(
    {
      operationId: "startJob",
      summary: "Start a background job: enroll a batch, re-embed with another model, or refresh statistics",
      tag: "Jobs",
      method: "post",
      path: "/jobs",
      scope: SCOPES,
      input: jsonFields(Fields, { shown: ShownFields, limits: LINES_LIMITS }),
      reply: startedJob,
    },
    async (services, { registry: { registryId }, scopes, fields, act, c }) => {
      const { kind, manifest, lines } = fields;
      requireScope(scopes, kind === "refresh-statistics" ? "calibrations" : "speakers:write");
      const sources = [manifest, lines].filter((source) => source !== undefined).length;
      if (sources !== (kind === "enroll-batch" ? 1 : 0)) throw invalid([MANIFEST_OR_LINES]);
      const starter = { registryId, keyId: c.var.key.keyId, attempt: c.var.attempt };
      const started = async (input: Parameters<typeof startJob>[1]) => {
        const job = await startJob(services, input);
        act.details = { job: job.id, kind };
        return withLocation(c, job);
      };
      if (kind !== "enroll-batch") return started({ ...starter, kind });
      const read = manifest
        ? await manifestLines(await heldFile(services, c, uploadIdOf(manifest.upload), MANIFEST_TYPE))
        : await inlineLines(lines ?? []);
      requireLineScopes(read, scopes);
      return started({ ...starter, kind, lines: read });
    },
  ),
  route(
    {
      operationId: "readJob",
      summary: "Read a job's progress and the result of each line",
      tag: "Jobs",
      method: "get",
      path: readPath,
      scope: SCOPES,
      input: query(PageFields),
      reply: { description: "The job and a page of results, in the order of the lines", schema: JobPage },
    },
    async (services, { registry: { registryId }, scopes, param, fields }) => {
      const jobId = jobIdOf(param("jobId"));
      const place = { registryId, route: `${readPath} ${jobId}` };
      const { limit = DEFAULT_LIMIT, cursor } = fields;
      const after = cursor === undefined ? 0 : Number(openCursor(services, place, cursor));
      const { job, results, next } = await readJob(services, { registryId, jobId, limit, after });
      if (job.kind === "calibrate" || job.kind === "build-cohort") requireScope(scopes, "calibrations");
      return { job, results, next: next === undefined ? null : sealCursor(services, place, String(next)) };
    },
  ),
];

/** A batch needs the same scopes as the requests that it replaces. */
function requireLineScopes(lines: readonly ManifestLine[], scopes: readonly Scope[]): void {
  for (const line of lines) {
    if ("problem" in line) continue;
    if (line.force) requireScope(scopes, "speakers:force");
    if (line.audio.some((source) => "clip" in source)) requireScope(scopes, "clips:read");
  }
}

const MANIFEST_OR_LINES = {
  pointer: "/manifest",
  detail: "An enroll-batch job takes either `manifest` or `lines`. Other kinds of job take neither.",
};
