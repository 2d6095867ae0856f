import { type Command, InvalidArgumentError } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { cancelJob } from "../../lib/domain/job/cancel.ts";
import { listJobs, readJob, unfinishedJobs } from "../../lib/domain/job/read.ts";
import { isJobId, type JobId, type RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { JobResultView, JobView } from "../../lib/schema/job.ts";
import { allPages } from "../all-pages.ts";
import { linesToStdout } from "../line-files.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";

const PAGE = 1000;

export function addJobs(program: Command): void {
  const jobs = program
    .command("jobs")
    .description("show batches and other long-running work that was started over HTTP");
  addList(jobs);
  addShow(jobs);
  addResults(jobs);
  addCancel(jobs);
}

function addList(jobs: Command): void {
  jobs
    .command("list")
    .description("list the jobs that are not done, newest first")
    .option("--all", "also list those of the last 30 days that are done")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { all?: boolean }>();
      const views = await inRegistry(options, "none", (services, { registryId }) =>
        options.all
          ? allPages((page) => listJobs(services, { registryId, ...page }))
          : unfinishedJobs(services, { registryId }),
      );
      if (options.json) return printJsonLines(views);
      if (views.length === 0)
        return print(options.all ? t`There is no job.` : t`No job is waiting or running.`);
      print(table([[t`job`, t`kind`, t`state`, t`done`, t`failed`, t`created`], ...views.map(row)]));
    });
}

function addShow(jobs: Command): void {
  jobs
    .command("show")
    .description("show one job; jobs are kept for 30 days")
    .argument("<job>", "the job's ID", parseJobId)
    .action(async (jobId: JobId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const { job } = await inRegistry(options, "none", (services, { registryId }) =>
        readJob(services, { registryId, jobId, limit: 1 }),
      );
      if (options.json) return printJson(job);
      const { problem, ...fields } = job;
      const lines = Object.entries(fields).map(([key, value]) => [key, String(value ?? t`unknown`)]);
      print(table(problem ? [...lines, [t`problem`, translated(problem.detail)]] : lines));
    });
}

function addCancel(jobs: Command): void {
  jobs
    .command("cancel")
    .description("end a job early; what it has made so far stays")
    .argument("<job>", "the job's ID", parseJobId)
    .action(async (jobId: JobId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const job = await inRegistry(options, "none", (services, { registryId }) =>
        audited(services, { registryId, operation: "cancelJob", details: { jobId } }, () =>
          cancelJob(services, { registryId, jobId }),
        ),
      );
      if (options.json) return printJson(job);
      if (!job.canceled) return print(t`${job.id}: was done already`);
      print(job.state === "done" ? t`${job.id}: canceled` : t`${job.id}: ends after its current step`);
    });
}

function addResults(jobs: Command): void {
  jobs
    .command("results")
    .description("print the result of each line, in the order of the lines")
    .argument("<job>", "the job's ID", parseJobId)
    .option("--failed", "print only the lines with a clip that was not enrolled")
    .action(async (jobId: JobId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { failed?: boolean }>();
      const textOf = options.json ? (result: JobResultView) => JSON.stringify(result) : resultText;
      await inRegistry(options, "none", (services, { registryId }) =>
        linesToStdout(resultLines(services, { registryId, jobId, ...options }, textOf)),
      );
    });
}

async function* resultLines(
  services: Services,
  { registryId, jobId, failed }: { registryId: RegistryId; jobId: JobId; failed?: boolean },
  textOf: (result: JobResultView) => string,
): AsyncIterable<string> {
  let after: number | undefined = 0;
  do {
    const page = await pageOf(services, registryId, jobId, after);
    for (const result of page.results) if (!failed || result.status !== "done") yield textOf(result);
    after = page.next;
  } while (after !== undefined);
}

const pageOf = (services: Services, registryId: RegistryId, jobId: JobId, after: number) =>
  readJob(services, { registryId, jobId, after, limit: PAGE });

const row = ({ id, kind, state, done, total, failed, createdAt }: JobView): string[] => [
  id,
  translated(kind),
  translated(state),
  total === null ? String(done) : t`${done} of ${total}`,
  String(failed),
  createdAt,
];

function resultText({ line, speaker, clips, outcomes, problem }: JobResultView): string {
  const failedClips = outcomes.flatMap(({ clip, problem: reason }) =>
    reason ? [t`clip ${clip} failed: ${reason.slug}: ${translated(reason.detail)}`] : [],
  );
  const whole =
    problem && failedClips.length === 0 ? [t`failed: ${problem.slug}: ${translated(problem.detail)}`] : [];
  return [line, speaker ?? "-", ...clips, ...failedClips, ...whole].join("\t");
}

function parseJobId(text: string): JobId {
  if (isJobId(text)) return text;
  throw new InvalidArgumentError("A job ID starts with job_. POST /jobs returns it.");
}
