import type { CalibrationSummary } from "../api/types.ts";
import { ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { count, number, percent, time } from "../text/format.ts";
import { t } from "../text/text.ts";

type Props = { calibrations: readonly CalibrationSummary[]; onChanged(): void };

/** Every calibration of the registry: activate one, or roll back. */
export function CalibrationList({ calibrations, onChanged }: Props) {
  const { api } = useConsole();
  const action = useAction();
  const activate = (calibration: string) =>
    action.run(async () => {
      await api.call("/calibrations/active", { method: "PUT", body: { calibration } });
      onChanged();
    });
  return (
    <section class="stack" aria-labelledby="all-calibrations">
      <header class="page-head">
        <h2 id="all-calibrations">{t("calibration.all")}</h2>
        <button type="button" disabled={action.busy} onClick={() => activate("previous")}>
          {t("calibration.roll-back")}
        </button>
      </header>
      <ProblemNotice problem={action.problem} />
      <ul class="clip-list">
        {calibrations.map((one) => (
          <li key={one.id} class="card">
            <Summary calibration={one} />
            {one.active ? (
              <span class="tag good">{t("active")}</span>
            ) : (
              <button
                type="button"
                disabled={action.busy}
                onClick={() => activate(one.bundled ? "bundled" : one.id)}
              >
                {t("activate")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Summary({
  calibration: { id, bundled, createdAt, fitsCohort, report, defaultFar },
}: {
  calibration: CalibrationSummary;
}) {
  return (
    <div>
      <p>
        <strong>{bundled ? t("calibration.of-model") : id}</strong>{" "}
        {createdAt && <small>{time(createdAt)}</small>}
      </p>
      <small>{t("calibration.default-far", { far: percent(defaultFar) })}</small>
      {!fitsCohort && <p class="warning">{t("calibration.other-cohort")}</p>}
      {report && <Report report={report} />}
    </div>
  );
}

function Report({ report }: { report: NonNullable<CalibrationSummary["report"]> }) {
  const { usableSpeakers, genuineTrials, impostorTrials, comparison } = report;
  const { candidate, active, decisions } = comparison;
  return (
    <>
      <p>
        {t("calibration.trials", {
          speakers: count(usableSpeakers),
          genuine: count(genuineTrials),
          impostor: count(impostorTrials),
        })}
      </p>
      <p>
        {t("calibration.accuracy", { eer: percent(candidate.eer), cllr: number(candidate.cllr) })}
        {active && ` ${t("calibration.against", { eer: percent(active.eer), cllr: number(active.cllr) })}`}
      </p>
      {decisions.looked > 0 && (
        <p>{t("calibration.changed", { changed: decisions.changed, looked: decisions.looked })}</p>
      )}
    </>
  );
}
