import { cancelJob } from "../../lib/domain/job/cancel.ts";
import { listJobs, readJob } from "../../lib/domain/job/read.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { Job, JobList, JobPage, type JobView, Kind, State } from "../../lib/schema/job.ts";
import { jobIdOf, PageFields } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { openCursor, pageOf, sealCursor } from "../http/guard/cursor.ts";
import { emptyBody, query } from "../http/input.ts";
import { route } from "../http/route.ts";
import { JOB_SCOPES, SCOPE_OF } from "./job-scopes.ts";
import { shownDiarization } from "./scores.ts";
import { startJobRoute } from "./start-job.ts";

/** Results that only callers who may start such a job read. */
const OWN_RESULTS: ReadonlySet<JobView["kind"]> = new Set(["calibrate", "build-cohort", "diarize"]);
const DEFAULT_LIMIT = 100;
const readPath = "/jobs/{jobId}";
const list = {
  operationId: "listJobs",
  summary: "List the jobs of the last 30 days that the key may start, newest first",
  tag: "Jobs",
  method: "get",
  path: "/jobs",
  scope: JOB_SCOPES,
  input: query(PageFields.extend({ kind: Kind.optional(), state: State.optional() })),
  reply: { description: "A page of jobs, without their results", schema: JobList },
} as const;

export const jobRoutes = [
  startJobRoute,
  route(list, async (services, { registry: { registryId }, scopes, fields }) => {
    const { kind, state, ...paging } = fields;
    const kinds = Kind.options.filter(
      (one) => scopes.includes(SCOPE_OF[one]) && (kind === undefined || one === kind),
    );
    const { items, next } = await pageOf(services, { registryId, route: list.path }, paging, (page) =>
      listJobs(services, { registryId, kinds, state, ...page }),
    );
    return { jobs: items, next };
  }),
  route(
    {
      operationId: "cancelJob",
      summary: "End a job early; what it has made so far stays",
      tag: "Jobs",
      method: "post",
      path: "/jobs/{jobId}/cancel",
      scope: JOB_SCOPES,
      problems: ["job-not-found"],
      input: emptyBody,
      reply: { description: "The job; `done` at once, or after its current step", schema: Job },
    },
    async (services, { registry: { registryId }, scopes, param }) => {
      const jobId = jobIdOf(param("jobId"));
      const mayCancel = ({ kind }: JobView) => requireScope(scopes, SCOPE_OF[kind]);
      return shownJob(await cancelJob(services, { registryId, jobId, mayCancel }), scopes);
    },
  ),
  route(
    {
      operationId: "readJob",
      summary: "Read a job's progress and the result of each line",
      tag: "Jobs",
      method: "get",
      path: readPath,
      scope: JOB_SCOPES,
      problems: ["job-not-found"],
      input: query(PageFields),
      reply: { description: "The job and a page of results, in the order of the lines", schema: JobPage },
    },
    async (services, { registry: { registryId }, scopes, param, fields }) => {
      const jobId = jobIdOf(param("jobId"));
      const place = { registryId, route: `${readPath} ${jobId}` };
      const { limit = DEFAULT_LIMIT, cursor } = fields;
      const after = cursor === undefined ? 0 : Number(openCursor(services, place, cursor));
      const { job, results, next } = await readJob(services, { registryId, jobId, limit, after });
      if (OWN_RESULTS.has(job.kind)) requireScope(scopes, SCOPE_OF[job.kind]);
      return {
        job: shownJob(job, scopes),
        results,
        next: next === undefined ? null : sealCursor(services, place, String(next)),
      };
    },
  ),
];

function shownJob(job: JobView, scopes: readonly Scope[]): JobView {
  const { result } = job;
  return { ...job, result: result && "segments" in result ? shownDiarization(result, scopes) : result };
}
