import type { ExplainedReply, PastDecisionReply } from "../api/types.ts";
import { Loading, Notice, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { Fact, Verdict } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { number, time } from "../text/format.ts";
import { named, t } from "../text/text.ts";

/** One past decision: the reply, what has changed since, and whether it was right. */
export function DecisionPage({ id }: { id: string }) {
  const { api } = useConsole();
  const path = `/decisions/${encodeURIComponent(id)}`;
  const { value, problem, reload } = useLoad(() => api.call<ExplainedReply>(path), [api, path]);
  return (
    <>
      <PageHead
        title={t("decision.title")}
        {...(value ? { lead: `${t(`try.${value.operation}`)}${t("list.comma")}${time(value.at)}` } : {})}
      />
      <ProblemNotice problem={problem} />
      {!value && !problem && <Loading />}
      {value && (
        <>
          <Verdict reply={value.reply} explained />
          <Label path={path} label={value.label} onLabeled={reload} />
          <Since explained={value} />
        </>
      )}
    </>
  );
}

type LabelProps = { path: string; label: ExplainedReply["label"]; onLabeled(): void };

/** A person's word on a decision. It changes no threshold. */
function Label({ path, label, onLabeled }: LabelProps) {
  const { api } = useConsole();
  const action = useAction();
  const mark = (verdict: "right" | "wrong" | null) =>
    action.run(async () => {
      await api.call<PastDecisionReply>(`${path}/label`, { method: "POST", body: { verdict } });
      onLabeled();
    });
  return (
    <section class="card" aria-labelledby="label-title">
      <h2 id="label-title">{t("label.title")}</h2>
      <p class="hint">
        {label
          ? t("label.at", { verdict: named("label", label.verdict), at: time(label.at) })
          : t("label.none")}
      </p>
      <div class="actions">
        {(["right", "wrong"] as const).map((verdict) => (
          <button
            key={verdict}
            type="button"
            aria-pressed={label?.verdict === verdict}
            disabled={action.busy}
            onClick={() => mark(verdict)}
          >
            {t(`label.${verdict}`)}
          </button>
        ))}
        {label && (
          <button type="button" class="quiet" disabled={action.busy} onClick={() => mark(null)}>
            {t("label.remove")}
          </button>
        )}
      </div>
      <ProblemNotice problem={action.problem} />
    </section>
  );
}

/** Whether the same clip would be decided in the same way today. */
function Since({ explained: { decisionId, now, reply } }: { explained: ExplainedReply }) {
  const { again } = now;
  const changed = again !== null && again.decision !== reply.decision;
  const yes = (same: boolean) => t(same ? "since.same" : "since.changed");
  return (
    <section class="card" aria-labelledby="since-title">
      <h2 id="since-title">{t("since.title")}</h2>
      {changed && (
        <Notice tone="warn">{t("since.again", { decision: named("outcome", again.decision) })}</Notice>
      )}
      {again && !changed && <p>{t("since.again-same")}</p>}
      {!again && <p>{t("since.again-none")}</p>}
      <dl class="facts">
        <Fact label={t("since.model")} value={yes(now.sameModel)} />
        <Fact label={t("nav.cohorts")} value={yes(now.sameCohort)} />
        <Fact label={t("nav.calibration")} value={yes(now.sameCalibration)} />
        {again?.threshold && <Fact label={t("since.threshold")} value={number(again.threshold.value)} />}
        <Fact label={t("since.id")} value={decisionId} />
      </dl>
    </section>
  );
}
