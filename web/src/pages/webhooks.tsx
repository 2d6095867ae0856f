import { useState } from "preact/hooks";
import type { MadeWebhookReply, WebhookListReply, WebhookReply } from "../api/types.ts";
import { Empty, Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { ShownOnce } from "../parts/shown-once.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useLoad } from "../state/use-load.ts";
import { t } from "../text/text.ts";
import { NewWebhook } from "./new-webhook.tsx";

/** Where this registry's events are posted: create a webhook, or open one. */
export function WebhooksPage() {
  const { api } = useConsole();
  const { value, problem, reload } = useLoad(() => api.call<WebhookListReply>("/webhooks"), [api]);
  const [made, setMade] = useState<MadeWebhookReply>();
  const onMade = (reply: MadeWebhookReply) => {
    setMade(reply);
    reload();
  };
  return (
    <>
      <PageHead title={t("nav.webhooks")} lead={t("webhooks.lead")} />
      <ProblemNotice problem={problem} />
      {!value && !problem && <Loading />}
      {made && <ShownOnce title={t("webhooks.made", { url: made.webhook.url })} secret={made.secret} />}
      {value && <NewWebhook onMade={onMade} />}
      {value?.webhooks.length === 0 && (
        <Empty title={t("webhooks.none")}>
          <p>{t("webhooks.none-text")}</p>
        </Empty>
      )}
      <ul class="clip-list">
        {value?.webhooks.map((webhook) => (
          <li key={webhook.id} class="card">
            <div>
              <p>
                <strong>{webhook.name ?? webhook.url}</strong> <WebhookState webhook={webhook} />
              </p>
              {webhook.name && <small>{webhook.url}</small>}
              <WebhookEvents webhook={webhook} />
            </div>
            <a href={linkTo("webhooks", webhook.id)}>{t("webhooks.open")}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whether events are sent to it, and otherwise why not. */
export function WebhookState({ webhook: { disabledBecause } }: { webhook: WebhookReply }) {
  if (disabledBecause === null) return <span class="tag good">{t("webhooks.on")}</span>;
  const tone = disabledBecause === "request" ? "warn" : "bad";
  return <span class={`tag ${tone}`}>{t(`webhooks.${disabledBecause}`)}</span>;
}

export function WebhookEvents({ webhook: { events } }: { webhook: WebhookReply }) {
  return (
    <p class="tags">
      {events === null ? t("webhooks.all") : events.map((event) => <code key={event}>{event}</code>)}
    </p>
  );
}
