import { useState } from "preact/hooks";
import type { ClipListReply, ClipReply } from "../api/types.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading, ProblemNotice } from "../parts/notice.tsx";
import { RecordingPlayer } from "../parts/recording-player.tsx";
import { useConsole } from "../state/context.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { number, seconds, time } from "../text/format.ts";
import { named, t } from "../text/text.ts";

type Props = { path: string; version: number; onChanged(): void };

/** The clips of a voiceprint: hear one, or take it out. */
export function SpeakerClips({ path, version, onChanged }: Props) {
  const { api } = useConsole();
  const { value, problem } = useLoad(() => api.call<ClipListReply>(`${path}/clips`), [api, path, version]);
  const [leaving, setLeaving] = useState<ClipReply>();
  const action = useAction();
  const takeOut = (clip: ClipReply) =>
    action.run(async () => {
      await api.call(`${path}/clips/${clip.id}`, { method: "DELETE" });
      setLeaving(undefined);
      onChanged();
    });
  return (
    <section class="stack" aria-labelledby="clips-title">
      <h2 id="clips-title">{t("speakers.clips")}</h2>
      <ProblemNotice problem={problem} />
      {!value && !problem && <Loading />}
      {value?.clips.length === 0 && <p class="hint">{t("clips.none")}</p>}
      <ul class="clip-list">
        {value?.clips.map((clip) => (
          <li key={clip.id} class="card">
            <ClipFacts clip={clip} />
            {clip.recording ? (
              <RecordingPlayer address={`${path}/clips/${clip.id}/audio`} />
            ) : (
              <small>{t("clips.no-recording")}</small>
            )}
            <button
              type="button"
              class="quiet icon-only"
              aria-label={t("clips.take-out")}
              onClick={() => setLeaving(clip)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {leaving && (
        <Confirm
          title={t("clips.take-out-title")}
          doing={t("clips.take-out")}
          danger
          action={action}
          onDo={() => takeOut(leaving)}
          onClose={() => setLeaving(undefined)}
        >
          <p>{t("clips.take-out-text")}</p>
        </Confirm>
      )}
    </section>
  );
}

function ClipFacts({ clip: { quality, createdAt, warnings } }: { clip: ClipReply }) {
  const snr =
    quality.snrDb === null ? "" : `${t("list.comma")}${t("quality.snr", { n: number(quality.snrDb, 0) })}`;
  const speech = seconds(quality.speechSeconds);
  return (
    <div>
      <p>
        {t("quality.speech", { speech, total: seconds(quality.totalSeconds) })}
        {snr}
      </p>
      <small>{time(createdAt)}</small>
      {warnings.map((warning) => (
        <p key={warning} class="hint">
          {named("warning", warning)}
        </p>
      ))}
    </div>
  );
}
