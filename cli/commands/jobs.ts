import { type Command, InvalidArgumentError } from "commander";
import { readJob, unfinishedJobs } from "../../lib/domain/job/job.ts";
import { isJobId, type JobId, type RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { JobResultView, JobView } from "../../lib/schema/job.ts";
import { linesToStdout } from "../line-files.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";

const PAGE = 1000;

export function addJobs(program: Command): void {
  const jobs = program
    .command("jobs")
    .description("show batches and other long-running work that was started over HTTP");
  addList(jobs);
  addShow(jobs);
  addResults(jobs);
}

function addList(jobs: Command): void {
  jobs
    .command("list")
    .description("list the jobs that are not done")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const views = await inRegistry(options, "none", (services, { registryId }) =>
        unfinishedJobs(services, { registryId }),
      );
      if (options.json) return printJsonLines(views);
      if (views.length === 0) return print("No job is waiting or running.");
      print(table([["job", "kind", "state", "done", "failed", "created"], ...views.map(row)]));
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
      const lines = Object.entries(fields).map(([key, value]) => [key, String(value ?? "unknown")]);
      print(table(problem ? [...lines, ["problem", problem.detail]] : lines));
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
  kind,
  state,
  total === null ? String(done) : `${done} of ${total}`,
  String(failed),
  createdAt,
];

function resultText({ line, speaker, clips, outcomes, problem }: JobResultView): string {
  const failedClips = outcomes.flatMap(({ clip, problem: reason }) =>
    reason ? [`clip ${clip} failed: ${reason.slug}: ${reason.detail}`] : [],
  );
  const whole = problem && failedClips.length === 0 ? [`failed: ${problem.slug}: ${problem.detail}`] : [];
  return [line, speaker ?? "-", ...clips, ...failedClips, ...whole].join("\t");
}

function parseJobId(text: string): JobId {
  if (isJobId(text)) return text;
  throw new InvalidArgumentError("A job ID starts with job_. POST /jobs returns it.");
}
