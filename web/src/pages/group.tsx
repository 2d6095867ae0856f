import { useState } from "preact/hooks";
import type { GroupMembersReply, GroupReply } from "../api/types.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { go, linkTo } from "../state/route.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { t } from "../text/text.ts";

/** One group and its members. */
export function GroupPage({ id }: { id: string }) {
  const { api } = useConsole();
  const path = `/groups/${encodeURIComponent(id)}`;
  const group = useLoad(() => api.call<GroupReply>(path), [api, path]);
  const members = useLoad(() => api.call<GroupMembersReply>(`${path}/members`), [api, path]);
  const [deleting, setDeleting] = useState(false);
  const action = useAction();
  const change = (body: { add?: string[]; remove?: string[] }) =>
    action.run(async () => {
      await api.call(`${path}/members`, { method: "PATCH", body });
      members.reload();
    });
  const erase = () =>
    action.run(async () => {
      await api.call(path, { method: "DELETE" });
      go("groups");
    });
  return (
    <>
      <PageHead title={group.value?.name ?? id} lead={t("group.lead")}>
        <button type="button" class="danger" onClick={() => setDeleting(true)}>
          {t("group.delete")}
        </button>
      </PageHead>
      <ProblemNotice problem={group.problem ?? members.problem} />
      {!members.value && !members.problem && <Loading />}
      {members.value && (
        <>
          <AddMembers busy={action.busy} onAdd={(add) => change({ add })} />
          {!deleting && <ProblemNotice problem={action.problem} />}
          {members.value.speakers.length === 0 && <p class="hint">{t("group.empty")}</p>}
          <ul class="members">
            {members.value.speakers.map((speaker) => (
              <li key={speaker}>
                <a href={linkTo("speakers", speaker)}>{speaker}</a>
                <button
                  type="button"
                  class="quiet icon-only"
                  aria-label={t("group.remove", { id: speaker })}
                  onClick={() => change({ remove: [speaker] })}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {deleting && (
        <Confirm
          title={t("group.delete-title", { id })}
          doing={t("group.delete")}
          danger
          action={action}
          onDo={erase}
          onClose={() => setDeleting(false)}
        >
          <p>{t("group.delete-text")}</p>
        </Confirm>
      )}
    </>
  );
}

function AddMembers({ busy, onAdd }: { busy: boolean; onAdd(speakers: string[]): Promise<void> }) {
  const [text, setText] = useState("");
  const speakers = text.split(/[\s,]+/).filter((one) => one !== "");
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(speakers).then(() => setText(""));
      }}
    >
      <label class="field">
        <span>{t("group.add-label")}</span>
        <input
          value={text}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={speakers.length === 0 || busy}>
        {t("group.add")}
      </button>
    </form>
  );
}
