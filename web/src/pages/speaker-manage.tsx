import { useEffect, useState } from "preact/hooks";
import type { PersonReportReply, SpeakerDetailReply, SpeakerReply } from "../api/types.ts";
import { Confirm } from "../parts/dialog.tsx";
import { ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { t } from "../text/text.ts";

type Props = { path: string; speaker: SpeakerDetailReply; onChanged(): void };

/** The name, starting over, and the person's wish not to be enrolled. */
export function ManageSpeaker(props: Props) {
  const { api } = useConsole();
  const { path, speaker, onChanged } = props;
  const [asked, setAsked] = useState<"reset" | "opt-out">();
  const action = useAction();
  const isOut = speaker.status === "opted-out";
  const lift = () =>
    action.run(async () => {
      await api.headers(`${path}/opt-out`, { method: "DELETE" });
      onChanged();
    });
  return (
    <section class="card stack" aria-labelledby="manage">
      <h2 id="manage">{t("manage.title")}</h2>
      {!isOut && <Rename {...props} />}
      <div class="actions">
        <SaveReport path={path} uid={speaker.uid} />
        {!isOut && speaker.clips > 0 && (
          <button type="button" onClick={() => setAsked("reset")}>
            {t("manage.reset")}
          </button>
        )}
        <button type="button" disabled={action.busy} onClick={isOut ? lift : () => setAsked("opt-out")}>
          {t(isOut ? "manage.lift" : "manage.opt-out")}
        </button>
      </div>
      <ProblemNotice problem={action.problem} />
      {asked && <Ask asked={asked} {...props} onClose={() => setAsked(undefined)} />}
    </section>
  );
}

/** What is held about the person, as a file. It is loaded when it is asked for. */
function SaveReport({ path, uid }: { path: string; uid: string }) {
  const { api } = useConsole();
  const [href, setHref] = useState<string>();
  const action = useAction();
  useEffect(() => () => void (href && URL.revokeObjectURL(href)), [href]);
  const load = () =>
    action.run(async () => {
      const report = await api.call<PersonReportReply>(`${path}/report`);
      const type = "application/json";
      setHref(URL.createObjectURL(new Blob([JSON.stringify(report, null, 2)], { type })));
    });
  return (
    <>
      {href ? (
        <a class="button" href={href} download={`report-${uid}.json`}>
          {t("manage.save-report")}
        </a>
      ) : (
        <button type="button" disabled={action.busy} onClick={load}>
          {t("manage.report")}
        </button>
      )}
      <ProblemNotice problem={action.problem} />
    </>
  );
}

function Rename({ path, speaker, onChanged }: Props) {
  const { api } = useConsole();
  const [name, setName] = useState(speaker.name ?? "");
  const action = useAction();
  const save = () =>
    action.run(async () => {
      const headers = { "If-Match": `"${speaker.version}"` };
      const body = { name: name.trim() === "" ? null : name.trim() };
      await api.call<SpeakerReply>(path, { method: "PATCH", headers, body });
      onChanged();
    });
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <label class="field">
        <span>{t("manage.name")}</span>
        <input
          value={name}
          maxLength={128}
          autocomplete="off"
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={action.busy || name.trim() === (speaker.name ?? "")}>
        {t("manage.rename")}
      </button>
      <ProblemNotice problem={action.problem} />
    </form>
  );
}

/** Both delete the voiceprint, so they are confirmed. */
function Ask({ asked, path, onChanged, onClose }: Props & { asked: "reset" | "opt-out"; onClose(): void }) {
  const { api } = useConsole();
  const action = useAction();
  const run = () =>
    action.run(async () => {
      await api.call<SpeakerReply>(`${path}/${asked}`, { method: "POST", body: {} });
      onChanged();
    });
  return (
    <Confirm
      title={t(`manage.${asked}-title`)}
      doing={t(`manage.${asked}`)}
      danger
      action={action}
      onDo={run}
      onClose={onClose}
    >
      <p>{t(`manage.${asked}-text`)}</p>
    </Confirm>
  );
}
