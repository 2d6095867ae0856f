import { useState } from "preact/hooks";
import type { CalibrationListReply, CalibrationReply, CalibrationSummary } from "../api/types.ts";
import { Loading, Notice, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { Fact } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { useLoad } from "../state/use-load.ts";
import { number, percent, time } from "../text/format.ts";
import { named, t } from "../text/text.ts";
import { CalibrationList } from "./calibration-list.tsx";
import { CalibrationPlots } from "./calibration-plots.tsx";
import { FitCalibration } from "./fit-calibration.tsx";

/** Which thresholds are in force, and how to get better ones. */
export function CalibrationPage() {
  const { api, calibration, reloadCalibration } = useConsole();
  const list = useLoad(() => api.call<CalibrationListReply>("/calibrations"), [api]);
  const [compared, setCompared] = useState<string>();
  const other = useLoad(
    async () => (compared ? api.call<CalibrationReply>(`/calibrations/${compared}`) : undefined),
    [api, compared],
  );
  const changed = () => {
    list.reload();
    reloadCalibration();
  };
  const others = list.value?.calibrations.filter(({ active }) => !active) ?? [];
  return (
    <>
      <PageHead title={t("nav.calibration")} lead={t("calibration.lead")} />
      <ProblemNotice problem={list.problem} />
      {!list.value && !list.problem && <Loading />}
      {list.value?.advice && calibration?.bundled && <Advice advice={list.value.advice} />}
      {list.value?.advice?.labeled.suggestion && <Suggested labeled={list.value.advice.labeled} />}
      <FitCalibration onFitted={changed} />
      {calibration && (
        <section class="card" aria-labelledby="in-force">
          <h2 id="in-force">{t("calibration.in-force")}</h2>
          <InForce calibration={calibration} />
          {others.length > 0 && <CompareChoice others={others} chosen={compared} onChoose={setCompared} />}
          <ProblemNotice problem={other.problem} />
          <CalibrationPlots calibration={calibration} other={compared ? other.value : undefined} />
        </section>
      )}
      {list.value && <CalibrationList calibrations={list.value.calibrations} onChanged={changed} />}
    </>
  );
}

function Advice({ advice }: { advice: NonNullable<CalibrationListReply["advice"]> }) {
  const { usableSpeakers, neededSpeakers, clipsEach } = advice;
  return (
    <Notice tone="warn">
      <strong>{t("calibration.bundled")}</strong>
      <p>{t("calibration.advice", { needed: neededSpeakers, clips: clipsEach })}</p>
      <label class="job-bar">
        <span>{t("calibration.ready", { usable: usableSpeakers, needed: neededSpeakers })}</span>
        <progress max={neededSpeakers} value={usableSpeakers} />
      </label>
    </Notice>
  );
}

type Labeled = NonNullable<CalibrationListReply["advice"]>["labeled"];

/** What decisions say that were marked right or wrong. */
function Suggested({ labeled: { genuine, impostor, suggestion } }: { labeled: Labeled }) {
  if (!suggestion) return null;
  const { threshold, interval, errorRate, decided } = suggestion;
  return (
    <Notice tone="info">
      <strong>{t("calibration.labeled", { genuine, impostor })}</strong>
      <p>
        {t("calibration.suggested", {
          threshold: number(threshold, 2),
          low: number(interval.low, 2),
          high: number(interval.high, 2),
          error: percent(errorRate),
          far: percent(decided.far),
          frr: percent(decided.frr),
        })}
      </p>
    </Notice>
  );
}

function InForce({ calibration }: { calibration: CalibrationReply }) {
  const { id, bundled, createdAt, defaultFar, method = "as-norm", source } = calibration;
  return (
    <>
      <dl class="facts">
        <Fact label={t("calibration.id")} value={bundled ? t("calibration.of-model") : id} />
        <Fact label={t("calibration.method")} value={named("method", method)} />
        <Fact label={t("calibration.default")} value={percent(defaultFar)} />
        {createdAt && <Fact label={t("calibration.fitted")} value={time(createdAt)} />}
      </dl>
      <p class="hint">{source}</p>
    </>
  );
}

type ChoiceProps = {
  others: readonly CalibrationSummary[];
  chosen: string | undefined;
  onChoose(id: string | undefined): void;
};

function CompareChoice({ others, chosen, onChoose }: ChoiceProps) {
  return (
    <label class="field">
      <span>{t("calibration.compare")}</span>
      <select
        value={chosen ?? ""}
        onChange={({ currentTarget }) => onChoose(currentTarget.value || undefined)}
      >
        <option value="">{t("calibration.compare-none")}</option>
        {others.map(({ id, bundled, createdAt }) => (
          <option key={id} value={id}>
            {bundled ? t("calibration.of-model") : `${id} ${createdAt ? time(createdAt) : ""}`}
          </option>
        ))}
      </select>
    </label>
  );
}
