import { useState } from "preact/hooks";
import type { EventType } from "../../../lib/schema/event.ts";
import type { MadeWebhookReply } from "../api/types.ts";
import { CheckList } from "../parts/check-list.tsx";
import { ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { t } from "../text/text.ts";

const EVENTS = Object.keys({
  "speaker.enrolled": true,
  "speaker.erased": true,
  "speaker.opted-out": true,
  "speaker.paused": true,
  "watchlist.matched": true,
  "candidate.created": true,
  "candidate.named": true,
  "decision.made": true,
  "job.finished": true,
  "upload.failed": true,
} satisfies Record<EventType, true>);

/** Creates a webhook. Without a choice of events, it gets all of them. */
export function NewWebhook({ onMade }: { onMade(made: MadeWebhookReply): void }) {
  const { api } = useConsole();
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [events, setEvents] = useState<readonly string[]>([]);
  const action = useAction();
  const make = () =>
    action.run(async () => {
      const body = {
        url: url.trim(),
        ...(name.trim() !== "" && { name: name.trim() }),
        ...(events.length > 0 && { events }),
      };
      onMade(await api.call<MadeWebhookReply>("/webhooks", { method: "POST", body }));
      setUrl("");
      setName("");
      setEvents([]);
    });
  return (
    <details class="card fold">
      <summary>{t("webhooks.new")}</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <label class="field">
          <span>{t("webhooks.url")}</span>
          <input
            type="url"
            value={url}
            onInput={({ currentTarget }) => setUrl(currentTarget.value)}
            placeholder="https://"
            required
          />
        </label>
        <label class="field">
          <span>{t("webhooks.name")}</span>
          <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
        <CheckList
          legend={t("webhooks.events")}
          names={EVENTS}
          prefix="event"
          chosen={events}
          onChosen={setEvents}
        />
        <div>
          <button type="submit" class="primary" disabled={action.busy || url.trim() === ""}>
            {t("webhooks.make")}
          </button>
        </div>
        <ProblemNotice problem={action.problem} />
      </form>
    </details>
  );
}
