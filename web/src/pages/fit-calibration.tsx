import { useState } from "preact/hooks";
import type { CohortListReply, JobReply } from "../api/types.ts";
import { JobProgress } from "../parts/job-progress.tsx";
import { Notice, ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { percent } from "../text/format.ts";
import { t } from "../text/text.ts";

const RATES = [0.001, 0.01, 0.05];

/** Fits thresholds on the registry's own speakers, in a job. */
export function FitCalibration({ onFitted }: { onFitted(): void }) {
  const { api } = useConsole();
  const cohorts = useLoad(() => api.call<CohortListReply>("/cohorts"), [api]);
  const [cohort, setCohort] = useState("");
  const [far, setFar] = useState("");
  const [decisions, setDecisions] = useState(false);
  const [activate, setActivate] = useState(false);
  const [job, setJob] = useState<JobReply>();
  const [done, setDone] = useState<JobReply>();
  const action = useAction();
  const start = () =>
    action.run(async () => {
      const body = {
        from: "registry",
        activate,
        ...(decisions && { decisions }),
        ...(cohort && { cohort }),
        ...(far && { defaultFar: Number(far) }),
      };
      setDone(undefined);
      setJob(await api.call<JobReply>("/calibrations", { method: "POST", body }));
    });
  const finished = (ended: JobReply) => {
    setDone(ended);
    onFitted();
  };
  return (
    <details class="card fold">
      <summary>{t("fit.title")}</summary>
      <p class="hint">{t("fit.lead")}</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <label class="field">
          <span>{t("fit.cohort")}</span>
          <select value={cohort} onChange={({ currentTarget }) => setCohort(currentTarget.value)}>
            <option value="">{t("fit.cohort-active")}</option>
            {cohorts.value?.cohorts.map(({ id, name, bundled, size }) => (
              <option key={id} value={bundled ? "bundled" : id}>
                {bundled ? t("cohort.of-model") : (name ?? id)} ({size})
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t("fit.far")}</span>
          <select value={far} onChange={({ currentTarget }) => setFar(currentTarget.value)}>
            <option value="">{t("fit.far-usual")}</option>
            {RATES.map((rate) => (
              <option key={rate} value={rate}>
                {percent(rate)}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={decisions}
            onChange={({ currentTarget }) => setDecisions(currentTarget.checked)}
          />
          <span>{t("fit.decisions")}</span>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={activate}
            onChange={({ currentTarget }) => setActivate(currentTarget.checked)}
          />
          <span>{t("fit.activate")}</span>
        </label>
        <div>
          <button
            type="submit"
            class="primary"
            disabled={action.busy || (job !== undefined && done === undefined)}
          >
            {t("fit.do")}
          </button>
        </div>
      </form>
      <ProblemNotice problem={action.problem} />
      {job && <JobProgress key={job.id} started={job} onDone={finished} />}
      {done && <Fitted job={done} />}
    </details>
  );
}

function Fitted({ job: { result } }: { job: JobReply }) {
  if (!result || !("suspects" in result)) return null;
  return (
    <Notice tone="good">
      <strong>{t("fit.done", { id: result.calibration })}</strong>
      {result.suspects.map(([a, b]) => (
        <p key={`${a} ${b}`}>
          {t("fit.suspects")} <a href={linkTo("speakers", a)}>{a}</a>
          {t("list.comma")}
          <a href={linkTo("speakers", b)}>{b}</a>
        </p>
      ))}
    </Notice>
  );
}
