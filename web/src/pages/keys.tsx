import { useState } from "preact/hooks";
import type { KeyListReply, KeyReply, MadeKeyReply } from "../api/types.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { ShownOnce } from "../parts/shown-once.tsx";
import { useConsole } from "../state/context.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { time } from "../text/format.ts";
import { t } from "../text/text.ts";
import { NewKey } from "./new-key.tsx";

/** The registry's API keys: make one, or revoke it. */
export function KeysPage() {
  const { api, own } = useConsole();
  const { value, problem, reload } = useLoad(() => api.call<KeyListReply>("/keys"), [api]);
  const [made, setMade] = useState<MadeKeyReply>();
  const [leaving, setLeaving] = useState<KeyReply>();
  const action = useAction();
  const revoke = (key: KeyReply) =>
    action.run(async () => {
      await api.call(`/keys/${key.id}`, { method: "DELETE" });
      setLeaving(undefined);
      reload();
    });
  const onMade = (reply: MadeKeyReply) => {
    setMade(reply);
    reload();
  };
  return (
    <>
      <PageHead title={t("nav.keys")} lead={t("keys.lead")} />
      <ProblemNotice problem={problem} />
      {!value && !problem && <Loading />}
      {made && <ShownOnce title={t("keys.made", { name: made.key.name })} secret={made.token} />}
      {own && value && <NewKey own={own} onMade={onMade} />}
      <ul class="clip-list">
        {value?.keys.map((key) => (
          <li key={key.id} class="card">
            <KeySummary apiKey={key} isOwn={key.id === own?.id} />
            {!key.revokedAt && (
              <button type="button" class="danger" onClick={() => setLeaving(key)}>
                {t("keys.revoke")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {leaving && (
        <Confirm
          title={t("keys.revoke-title", { name: leaving.name })}
          doing={t("keys.revoke")}
          danger
          action={action}
          onDo={() => revoke(leaving)}
          onClose={() => setLeaving(undefined)}
        >
          <p>{t(leaving.id === own?.id ? "keys.revoke-own" : "keys.revoke-text")}</p>
        </Confirm>
      )}
    </>
  );
}

function KeySummary({ apiKey, isOwn }: { apiKey: KeyReply; isOwn: boolean }) {
  const { id, name, scopes, createdAt, expiresAt, revokedAt } = apiKey;
  const until = expiresAt && `${t("list.comma")}${t("keys.expires", { at: time(expiresAt) })}`;
  return (
    <div>
      <p>
        <strong>{name}</strong> {isOwn && <span class="tag good">{t("keys.own")}</span>}{" "}
        {revokedAt && <span class="tag bad">{t("keys.revoked")}</span>}
      </p>
      <small>
        {id}
        {t("list.comma")}
        {time(createdAt)}
        {until}
      </small>
      <p class="tags">
        {scopes.map((scope) => (
          <code key={scope}>{scope}</code>
        ))}
      </p>
    </div>
  );
}
