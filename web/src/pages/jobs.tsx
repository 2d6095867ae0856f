import { useState } from "preact/hooks";
import type { JobListReply, JobPageReply, JobReply } from "../api/types.ts";
import { JobBar, JobProgress } from "../parts/job-progress.tsx";
import { Empty, Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { Fact } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { usePages } from "../state/use-pages.ts";
import { count, time } from "../text/format.ts";
import { named, t } from "../text/text.ts";

/** What runs in the background, newest first. */
export function JobsPage() {
  const { api } = useConsole();
  const { items, more, busy, problem, loadMore, reload } = usePages<JobReply>(
    async (cursor) => {
      const page = await api.call<JobListReply>("/jobs", { query: { limit: 50, cursor } });
      return { items: page.jobs as readonly JobReply[], next: page.next };
    },
    [api],
  );
  return (
    <>
      <PageHead title={t("nav.jobs")} lead={t("jobs.lead")}>
        <button type="button" onClick={reload}>
          {t("jobs.reload")}
        </button>
      </PageHead>
      <ProblemNotice problem={problem} />
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <Empty title={t("jobs.none")}>
          <p>{t("jobs.none-text")}</p>
        </Empty>
      )}
      <ul class="clip-list">
        {items?.map((job) => (
          <li key={job.id} class="card">
            <div>
              <JobBar job={job} />
              <small>{time(job.createdAt)}</small>
            </div>
            <a href={linkTo("jobs", job.id)}>{t("jobs.open")}</a>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" disabled={busy} onClick={loadMore}>
          {t("list.more")}
        </button>
      )}
    </>
  );
}

/** One job: progress, the lines that failed, cancel. */
export function JobPage({ id }: { id: string }) {
  const { api } = useConsole();
  const path = `/jobs/${encodeURIComponent(id)}`;
  const [finished, setFinished] = useState(false);
  const { value, problem, reload } = useLoad(
    () => api.call<JobPageReply>(path, { query: { limit: 100 } }),
    [api, path, finished],
  );
  const action = useAction();
  const cancel = () =>
    action.run(async () => {
      await api.call(`${path}/cancel`, { method: "POST", body: {} });
      reload();
    });
  const job = value?.job;
  return (
    <>
      <PageHead title={job ? named("job.kind", job.kind) : t("nav.jobs")} lead={id}>
        {job && job.state !== "done" && (
          <button type="button" class="danger" disabled={action.busy} onClick={cancel}>
            {t("jobs.cancel")}
          </button>
        )}
      </PageHead>
      <ProblemNotice problem={problem ?? action.problem} />
      {!value && !problem && <Loading />}
      {job && (
        <section class="card">
          <JobProgress key={`${job.id} ${job.state}`} started={job} onDone={() => setFinished(true)} />
          <dl class="facts">
            <Fact label={t("jobs.started")} value={time(job.createdAt)} />
            <Fact label={t("jobs.succeeded")} value={count(job.succeeded)} />
            <Fact label={t("jobs.failed")} value={count(job.failed)} />
            <Fact label={t("jobs.gone")} value={time(job.goneAt)} />
          </dl>
        </section>
      )}
      {value && value.results.length > 0 && <Results results={value.results} />}
    </>
  );
}

function Results({ results }: { results: JobPageReply["results"] }) {
  return (
    <div class="card table">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              {t("jobs.line")}
            </th>
            <th scope="col">{t("verdict.candidate")}</th>
            <th scope="col">{t("jobs.result")}</th>
          </tr>
        </thead>
        <tbody>
          {results.map(({ line, speaker, status, problem }) => (
            <tr key={line}>
              <td class="number">{line}</td>
              <td>{speaker ? <a href={linkTo("speakers", speaker)}>{speaker}</a> : "-"}</td>
              <td>
                <span class={`tag ${{ done: "good", partial: "warn", failed: "bad" }[status]}`}>
                  {t(`jobs.${status}`)}
                </span>{" "}
                {problem?.detail}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
