import type { DeliveryListReply, DeliveryReply } from "../api/types.ts";
import { Loading, ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { usePages } from "../state/use-pages.ts";
import { count, time } from "../text/format.ts";
import { t } from "../text/text.ts";

const TONES: Record<DeliveryReply["state"], string> = { waiting: "warn", delivered: "good", failed: "bad" };

/**
 * What became of a webhook's deliveries, newest first.
 *
 * path  of the list
 * sent  the event that was sent last: when it changes, the list is read again
 */
export function Deliveries({ path, sent }: { path: string; sent: string | undefined }) {
  const { api } = useConsole();
  const { items, more, busy, problem, loadMore, reload } = usePages<DeliveryReply>(
    async (cursor) => {
      const page = await api.call<DeliveryListReply>(path, { query: { limit: 50, cursor } });
      return { items: page.deliveries, next: page.next };
    },
    [api, path, sent],
  );
  return (
    <section class="stack">
      <header class="page-head">
        <h2>{t("deliveries.title")}</h2>
        <button type="button" onClick={reload}>
          {t("deliveries.reload")}
        </button>
      </header>
      <ProblemNotice problem={problem} />
      {!items && !problem && <Loading />}
      {items?.length === 0 && <p class="hint">{t("deliveries.none")}</p>}
      {items && items.length > 0 && <DeliveryTable deliveries={items} />}
      {more && (
        <button type="button" disabled={busy} onClick={loadMore}>
          {t("list.more")}
        </button>
      )}
    </section>
  );
}

function DeliveryTable({ deliveries }: { deliveries: readonly DeliveryReply[] }) {
  return (
    <div class="card table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("deliveries.when")}</th>
            <th scope="col">{t("deliveries.event")}</th>
            <th scope="col">{t("deliveries.state")}</th>
            <th scope="col" class="number wide-only">
              {t("deliveries.attempts")}
            </th>
            <th scope="col">{t("deliveries.reply")}</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map(({ event, type, state, attempts, status, failure, createdAt, nextAttemptAt }) => (
            <tr key={event}>
              <td>{time(createdAt)}</td>
              <td>
                <code>{type}</code>
              </td>
              <td>
                <span class={`tag ${TONES[state]}`}>{t(`delivery.${state}`)}</span>{" "}
                {nextAttemptAt && <small>{t("deliveries.next", { at: time(nextAttemptAt) })}</small>}
              </td>
              <td class="number wide-only">{count(attempts)}</td>
              <td>{status ?? failure ?? "-"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
