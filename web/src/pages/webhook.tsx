import { useState } from "preact/hooks";
import type { MadeWebhookReply, WebhookReply } from "../api/types.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Loading, Notice, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { ShownOnce } from "../parts/shown-once.tsx";
import { Fact } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { go } from "../state/route.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { time } from "../text/format.ts";
import { t } from "../text/text.ts";
import { Deliveries } from "./deliveries.tsx";
import { WebhookEvents, WebhookState } from "./webhooks.tsx";

/** One webhook: what is sent to it, and what became of it. */
export function WebhookPage({ id }: { id: string }) {
  const { api } = useConsole();
  const path = `/webhooks/${encodeURIComponent(id)}`;
  const { value, problem, reload } = useLoad(() => api.call<WebhookReply>(path), [api, path]);
  const [asking, setAsking] = useState<"delete" | "rotate">();
  const [tested, setTested] = useState<string>();
  const [secret, setSecret] = useState<string>();
  const action = useAction();
  const enable = (enabled: boolean) =>
    action.run(async () => {
      await api.call(path, { method: "PATCH", body: { enabled } });
      reload();
    });
  const test = () =>
    action.run(async () => {
      const { event } = await api.call<{ event: string }>(`${path}/test`, { method: "POST", body: {} });
      setTested(event);
    });
  const rotate = async () => {
    const made = await api.call<MadeWebhookReply>(`${path}/secret`, { method: "POST", body: {} });
    setSecret(made.secret);
    setAsking(undefined);
    reload();
  };
  const remove = async () => {
    await api.call(path, { method: "DELETE" });
    go("webhooks");
  };
  return (
    <>
      <PageHead title={value?.name ?? t("nav.webhooks")} lead={t("webhook.lead")}>
        {value && (
          <>
            <button type="button" disabled={action.busy} onClick={() => enable(!value.enabled)}>
              {t(value.enabled ? "webhook.pause" : "webhook.resume")}
            </button>
            <button type="button" disabled={action.busy || !value.enabled} onClick={test}>
              {t("webhook.test")}
            </button>
            <button type="button" onClick={() => setAsking("rotate")}>
              {t("webhook.rotate")}
            </button>
            <button type="button" class="danger" onClick={() => setAsking("delete")}>
              {t("webhook.delete")}
            </button>
          </>
        )}
      </PageHead>
      <ProblemNotice problem={problem ?? (asking ? undefined : action.problem)} />
      {!value && !problem && <Loading />}
      {secret && <ShownOnce title={t("webhooks.made", { url: value?.url ?? "" })} secret={secret} />}
      {tested && <Notice tone="good">{t("webhook.tested", { event: tested })}</Notice>}
      {value && <Facts webhook={value} />}
      {value && <Deliveries path={`${path}/deliveries`} sent={tested} />}
      {asking && (
        <Confirm
          title={t(`webhook.${asking}-title`)}
          doing={t(`webhook.${asking}`)}
          danger={asking === "delete"}
          action={action}
          onDo={() => action.run(asking === "delete" ? remove : rotate)}
          onClose={() => setAsking(undefined)}
        >
          <p>{t(`webhook.${asking}-text`)}</p>
        </Confirm>
      )}
    </>
  );
}

function Facts({ webhook }: { webhook: WebhookReply }) {
  const { url, createdAt, failingSince, oldSecretUntil } = webhook;
  return (
    <section class="card">
      <p>
        <strong>{url}</strong> <WebhookState webhook={webhook} />
      </p>
      <WebhookEvents webhook={webhook} />
      <dl class="facts">
        <Fact label={t("webhook.created")} value={time(createdAt)} />
        {failingSince && <Fact label={t("webhook.failing-since")} value={time(failingSince)} />}
        {oldSecretUntil && <Fact label={t("webhook.old-secret")} value={time(oldSecretUntil)} />}
      </dl>
    </section>
  );
}
