import { useState } from "preact/hooks";
import type { GroupPageReply, GroupReply } from "../api/types.ts";
import { Empty, Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { go, linkTo } from "../state/route.ts";
import { useAction } from "../state/use-load.ts";
import { usePages } from "../state/use-pages.ts";
import { count, time } from "../text/format.ts";
import { t } from "../text/text.ts";

/** Named subsets of the registry, to identify within. */
export function GroupsPage() {
  const { api } = useConsole();
  const { items, more, busy, problem, loadMore } = usePages<GroupReply>(
    async (cursor) => {
      const page = await api.call<GroupPageReply>("/groups", { query: { limit: 100, cursor } });
      return { items: page.groups, next: page.next };
    },
    [api],
  );
  return (
    <>
      <PageHead title={t("nav.groups")} lead={t("groups.lead")} />
      <NewGroup />
      <ProblemNotice problem={problem} />
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <Empty title={t("groups.none")}>
          <p>{t("groups.none-text")}</p>
        </Empty>
      )}
      {items && items.length > 0 && (
        <div class="card table">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("groups.id")}</th>
                <th scope="col" class="number">
                  {t("groups.members")}
                </th>
                <th scope="col" class="wide-only">
                  {t("speakers.updated")}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ id, name, members, updatedAt }) => (
                <tr key={id}>
                  <td>
                    <a href={linkTo("groups", id)}>{id}</a> {name && <small>{name}</small>}
                  </td>
                  <td class="number">{count(members)}</td>
                  <td class="wide-only">{time(updatedAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more && (
        <button type="button" disabled={busy} onClick={loadMore}>
          {t("list.more")}
        </button>
      )}
    </>
  );
}

function NewGroup() {
  const { api } = useConsole();
  const [id, setId] = useState("");
  const action = useAction();
  const make = () =>
    action.run(async () => {
      await api.call(`/groups/${encodeURIComponent(id)}`, { method: "PUT", body: {} });
      go("groups", id);
    });
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        make();
      }}
    >
      <label class="field">
        <span>{t("groups.new")}</span>
        <input
          value={id}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setId(currentTarget.value.trim())}
        />
      </label>
      <button type="submit" disabled={id === "" || action.busy}>
        {t("groups.make")}
      </button>
      <ProblemNotice problem={action.problem} />
    </form>
  );
}
