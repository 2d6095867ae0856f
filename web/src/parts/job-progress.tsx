import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/client.ts";
import type { JobPageReply, JobReply } from "../api/types.ts";
import { useConsole } from "../state/context.ts";
import { problemFrom } from "../state/use-load.ts";
import { named, t } from "../text/text.ts";
import { Notice, ProblemNotice } from "./notice.tsx";

const EVERY_MS = 1500;

/** Follows a job until it is done. */
export function JobProgress({ started, onDone }: { started: JobReply; onDone(job: JobReply): void }) {
  const { api } = useConsole();
  const [job, setJob] = useState(started);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const reply = await api.call<JobPageReply>(`/jobs/${started.id}`, { query: { limit: 1 } });
      setJob(reply.job);
      setProblem(undefined);
      if (reply.job.state === "done") onDone(reply.job);
      else timer = setTimeout(follow, EVERY_MS);
    };
    const follow = () =>
      look().catch((error) => {
        setProblem(problemFrom(error));
        timer = setTimeout(follow, 4 * EVERY_MS);
      });
    if (started.state !== "done") timer = setTimeout(follow, EVERY_MS);
    return () => clearTimeout(timer);
  }, [started.id]);
  return (
    <div class="job-progress">
      <JobBar job={job} />
      {job.problem && (
        <Notice tone="bad">
          <strong>{t("job.ended")}</strong>
          <p>{job.problem.detail}</p>
        </Notice>
      )}
      <ProblemNotice problem={problem} />
    </div>
  );
}

/** How far a job is, in its current stage. */
export function JobBar({ job }: { job: JobReply }) {
  const { state, stage, done, total } = job;
  const what = stage === null || state === "done" ? named("job.state", state) : named("job.stage", stage);
  const label = `${named("job.kind", job.kind)}${t("list.colon")}${what}`;
  const known = state === "done" ? 1 : total ? done / total : undefined;
  return (
    <label class="job-bar">
      <span>
        {label} {state === "running" && total ? `${done} / ${total}` : ""}
      </span>
      <progress max={1} {...(known === undefined ? {} : { value: known })} />
    </label>
  );
}
