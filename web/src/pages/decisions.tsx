import { useState } from "preact/hooks";
import type { DecisionPageReply, PastDecisionReply } from "../api/types.ts";
import { Empty, Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { toneOf } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { usePages } from "../state/use-pages.ts";
import { number, time } from "../text/format.ts";
import { named, t } from "../text/text.ts";
import { Weeks } from "./weeks.tsx";

const OPERATIONS = ["verify", "identify", "compare"] as const;

/** Past decisions, newest first. */
export function DecisionsPage() {
  const { api } = useConsole();
  const [speaker, setSpeaker] = useState("");
  const [operation, setOperation] = useState("");
  const [from, setFrom] = useState("");
  const { items, more, busy, problem, loadMore } = usePages<PastDecisionReply>(
    async (cursor) => {
      const query = { limit: 50, cursor, speaker, operation, from: from && new Date(from).toISOString() };
      const page = await api.call<DecisionPageReply>("/decisions", { query });
      return { items: page.decisions, next: page.next };
    },
    [api, speaker, operation, from],
  );
  return (
    <>
      <PageHead title={t("nav.decisions")} lead={t("decisions.lead")} />
      <div class="search">
        <label class="field">
          <span>{t("decisions.speaker")}</span>
          {/* On change, not on input: each value is a request. */}
          <input
            type="search"
            value={speaker}
            onChange={({ currentTarget }) => setSpeaker(currentTarget.value.trim())}
          />
        </label>
        <label class="field">
          <span>{t("decisions.operation")}</span>
          <select value={operation} onChange={({ currentTarget }) => setOperation(currentTarget.value)}>
            <option value="">{t("decisions.any")}</option>
            {OPERATIONS.map((one) => (
              <option key={one} value={one}>
                {t(`try.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t("decisions.from")}</span>
          <input type="date" value={from} onChange={({ currentTarget }) => setFrom(currentTarget.value)} />
        </label>
      </div>
      <Weeks />
      <ProblemNotice problem={problem} />
      {!items && !problem && <Loading />}
      {items?.length === 0 && !more && (
        <Empty title={t("decisions.none")}>
          <p>{t("decisions.none-text")}</p>
          <a class="button" href={linkTo("try")}>
            {t("try.title")}
          </a>
        </Empty>
      )}
      {items && items.length > 0 && <DecisionTable decisions={items} />}
      {more && (
        <button type="button" disabled={busy} onClick={loadMore}>
          {t("list.more")}
        </button>
      )}
    </>
  );
}

function DecisionTable({ decisions }: { decisions: readonly PastDecisionReply[] }) {
  return (
    <div class="card table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("decisions.when")}</th>
            <th scope="col">{t("decisions.decision")}</th>
            <th scope="col">{t("verdict.candidate")}</th>
            <th scope="col" class="number wide-only">
              {t("verdict.score")}
            </th>
            <th scope="col">{t("decisions.label")}</th>
          </tr>
        </thead>
        <tbody>
          {decisions.map((one) => (
            <DecisionRow key={one.decisionId} past={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DecisionRow({ past: { decisionId, operation, at, reply, label } }: { past: PastDecisionReply }) {
  const best = "candidates" in reply ? reply.candidates[0] : undefined;
  const score = best ? best.score : "score" in reply ? reply.score : null;
  const who = best?.speaker ?? ("speaker" in reply ? reply.speaker : null);
  return (
    <tr>
      <td>
        <a href={linkTo("decisions", decisionId)}>{time(at)}</a> <small>{t(`try.${operation}`)}</small>
      </td>
      <td>
        <span class={`tag ${toneOf(reply)}`}>{named("outcome", reply.decision)}</span>
      </td>
      <td>{who ? <a href={linkTo("speakers", who)}>{who}</a> : "-"}</td>
      <td class="number wide-only">{score ? number(score.value) : "-"}</td>
      <td>{label ? named("label", label.verdict) : "-"}</td>
    </tr>
  );
}
