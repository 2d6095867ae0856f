import { useState } from "preact/hooks";
import type { CohortListReply, CohortReply, JobReply, ReportedCohortReply } from "../api/types.ts";
import { JobProgress } from "../parts/job-progress.tsx";
import { Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { Fact } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { count, number, time } from "../text/format.ts";
import { named, t } from "../text/text.ts";

/** The impostor voices that scores are normalized with. */
export function CohortsPage() {
  const { api, reloadCalibration } = useConsole();
  const { value, problem, reload } = useLoad(() => api.call<CohortListReply>("/cohorts"), [api]);
  const action = useAction();
  const activate = (cohort: string) =>
    action.run(async () => {
      await api.call("/cohorts/active", { method: "PUT", body: { cohort } });
      reload();
      reloadCalibration();
    });
  return (
    <>
      <PageHead title={t("nav.cohorts")} lead={t("cohorts.lead")}>
        <button type="button" disabled={action.busy} onClick={() => activate("previous")}>
          {t("calibration.roll-back")}
        </button>
      </PageHead>
      <ProblemNotice problem={problem ?? action.problem} />
      {!value && !problem && <Loading />}
      <BuildCohort onBuilt={reload} />
      <ul class="clip-list">
        {value?.cohorts.map((cohort) => (
          <li key={cohort.id} class="card">
            <CohortSummary cohort={cohort} />
            {cohort.active ? (
              <span class="tag good">{t("active")}</span>
            ) : (
              <button
                type="button"
                disabled={action.busy}
                onClick={() => activate(cohort.bundled ? "bundled" : cohort.id)}
              >
                {t("activate")}
              </button>
            )}
            <CohortReport cohort={cohort} />
          </li>
        ))}
      </ul>
    </>
  );
}

function CohortSummary({
  cohort: { id, name, bundled, size, topN, erased, calibrated, createdAt },
}: {
  cohort: CohortReply;
}) {
  return (
    <div>
      <p>
        <strong>{bundled ? t("cohort.of-model") : (name ?? id)}</strong>{" "}
        {createdAt && <small>{time(createdAt)}</small>}
      </p>
      <p>
        {t("cohort.size", { size: count(size), nearest: count(topN) })}
        {erased > 0 && ` ${t("cohort.erased", { n: erased })}`}
      </p>
      {!calibrated && <p class="warning">{t("cohort.not-calibrated")}</p>}
    </div>
  );
}

/** Computed when it is opened: the report compares every pair of voices. */
function CohortReport({ cohort: { id, bundled } }: { cohort: CohortReply }) {
  const { api } = useConsole();
  const [open, setOpen] = useState(false);
  const { value, problem } = useLoad(
    async () => (open ? api.call<ReportedCohortReply>(`/cohorts/${bundled ? "bundled" : id}`) : undefined),
    [api, id, open],
  );
  const { spread, nearDuplicates, bandwidths, warnings } = value?.report ?? {};
  return (
    <details class="outcome" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t("cohort.report")}</summary>
      <ProblemNotice problem={problem} />
      {open && !value && !problem && <Loading />}
      {warnings?.map((warning) => (
        <p key={warning} class="warning">
          {named("cohort-warning", warning)}
        </p>
      ))}
      {value && (
        <dl class="facts">
          {spread && (
            <Fact label={t("cohort.spread")} value={`${number(spread.mean)} ± ${number(spread.std)}`} />
          )}
          {nearDuplicates && <Fact label={t("cohort.duplicates")} value={count(nearDuplicates.count)} />}
          {bandwidths && bandwidths.wide + bandwidths.telephone > 0 && (
            <Fact
              label={t("cohort.bandwidths")}
              value={`${count(bandwidths.wide)} / ${count(bandwidths.telephone)}`}
            />
          )}
        </dl>
      )}
    </details>
  );
}

function BuildCohort({ onBuilt }: { onBuilt(): void }) {
  const { api } = useConsole();
  const [name, setName] = useState("");
  const [withModel, setWithModel] = useState(true);
  const [job, setJob] = useState<JobReply>();
  const action = useAction();
  const build = () =>
    action.run(async () => {
      const from = ["registry", ...(withModel ? ["bundled"] : [])];
      const body = { from, ...(name.trim() && { name: name.trim() }) };
      setJob(await api.call<JobReply>("/cohorts", { method: "POST", body }));
    });
  return (
    <details class="card fold">
      <summary>{t("cohort.build")}</summary>
      <p class="hint">{t("cohort.build-lead")}</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          build();
        }}
      >
        <label class="field">
          <span>{t("cohort.name")}</span>
          <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={withModel}
            onChange={({ currentTarget }) => setWithModel(currentTarget.checked)}
          />
          <span>{t("cohort.with-model")}</span>
        </label>
        <div>
          <button type="submit" class="primary" disabled={action.busy}>
            {t("cohort.build-do")}
          </button>
        </div>
      </form>
      <ProblemNotice problem={action.problem} />
      {job && <JobProgress key={job.id} started={job} onDone={onBuilt} />}
    </details>
  );
}
