import { useEffect, useState } from "preact/hooks";
import type { SpeakerPageReply, SpeakerReply } from "../api/types.ts";
import { Empty, Loading, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { StatusTag } from "../parts/status-tag.tsx";
import { useConsole } from "../state/context.ts";
import { go, linkTo } from "../state/route.ts";
import { usePages } from "../state/use-pages.ts";
import { count, seconds, time } from "../text/format.ts";
import { t } from "../text/text.ts";

/** Wait for the rest of a word before searching. */
const TYPING_MS = 250;
/** A search reads a bounded number of speakers, so its first pages can be empty. */
const MOST_EMPTY_PAGES = 50;

/** All speakers, with a search by ID and name. An exact ID opens its page. */
export function SpeakersPage() {
  const { api } = useConsole();
  const [search, setSearch] = useState("");
  const wanted = useSettled(search.trim());
  const { items, more, busy, problem, loadMore } = usePages<SpeakerReply>(
    async (cursor) => {
      let page: SpeakerPageReply = { speakers: [], next: cursor ?? null };
      for (let n = 0; n < MOST_EMPTY_PAGES && page.speakers.length === 0; n++) {
        const query = { limit: 100, cursor: page.next ?? undefined, q: wanted };
        page = await api.call<SpeakerPageReply>("/speakers", { query });
        if (page.next === null) break;
      }
      return { items: page.speakers, next: page.next };
    },
    [api, wanted],
  );
  return (
    <>
      <PageHead title={t("nav.speakers")} lead={t("speakers.lead")}>
        <a class="button" href={linkTo("enroll")}>
          {t("speakers.enroll")}
        </a>
      </PageHead>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (search.trim() !== "") go("speakers", search.trim());
        }}
      >
        <label class="field">
          <span>{t("speakers.search")}</span>
          <input
            type="search"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={search.trim() === ""}>
          {t("speakers.open")}
        </button>
      </form>
      <ProblemNotice problem={problem} />
      {!items && !problem && <Loading />}
      {items?.length === 0 && wanted === "" && (
        <Empty title={t("speakers.none")}>
          <p>{t("speakers.none-text")}</p>
          <a class="button" href={linkTo("enroll")}>
            {t("speakers.enroll")}
          </a>
        </Empty>
      )}
      {items && (items.length > 0 || wanted !== "") && <SpeakerTable speakers={items} />}
      {more && (
        <button type="button" disabled={busy} onClick={loadMore}>
          {t("list.more")}
        </button>
      )}
    </>
  );
}

/** A text, as soon as it hasn't changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function SpeakerTable({ speakers }: { speakers: readonly SpeakerReply[] }) {
  if (speakers.length === 0) return <p class="hint">{t("speakers.no-match")}</p>;
  return (
    <div class="card table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("speakers.id")}</th>
            <th scope="col">{t("speakers.status")}</th>
            <th scope="col" class="number">
              {t("speakers.clips")}
            </th>
            <th scope="col" class="number wide-only">
              {t("speakers.speech")}
            </th>
            <th scope="col" class="wide-only">
              {t("speakers.updated")}
            </th>
          </tr>
        </thead>
        <tbody>
          {speakers.map(({ id, name, status, clips, speechSeconds, updatedAt }) => (
            <tr key={id}>
              <td>
                <a href={linkTo("speakers", id)}>{id}</a> {name && <small>{name}</small>}
              </td>
              <td>
                <StatusTag status={status} />
              </td>
              <td class="number">{count(clips)}</td>
              <td class="number wide-only">{seconds(speechSeconds)}</td>
              <td class="wide-only">{time(updatedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
