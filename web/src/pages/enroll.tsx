import { useRef, useState } from "preact/hooks";
import type { SpeakerDetailReply, SpeakerReply } from "../api/types.ts";
import { clipOf } from "../audio/clip.ts";
import { Icon } from "../parts/icon.tsx";
import { Notice, PageHead } from "../parts/notice.tsx";
import { RecordButton } from "../parts/record-button.tsx";
import { SpeechRing } from "../parts/ring.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useLoad } from "../state/use-load.ts";
import { t } from "../text/text.ts";
import { EnrolledClips } from "./enrolled-clips.tsx";
import { neededOf } from "./speaker.tsx";
import { type SentClip, useEnrollment } from "./use-enrollment.ts";

/** Long enough for a clip of its own, short enough that the ring fills while one speaks. */
const PIECE_SECONDS = 8;
/** The usual need of a registry, until the server has said what it is. */
const USUAL_NEED_SECONDS = 20;

/** Enrolls a new speaker or adds clips: the server counts speech while the person speaks. */
export function EnrollPage({ given }: { given: string }) {
  const [id, setId] = useState(given);
  const [name, setName] = useState("");
  const [consent, setConsent] = useState("");
  const [failure, setFailure] = useState<string>();
  const { api } = useConsole();
  const known = useLoad(
    async () => (given ? api.call<SpeakerDetailReply>(`/speakers/${encodeURIComponent(given)}`) : undefined),
    [api, given],
  );
  const { speaker = known.value, clips, send, force } = useEnrollment(id, { name, consent });
  const file = useRef<HTMLInputElement>(null);
  const sendFiles = (files: FileList | null | undefined) => {
    for (const one of files ?? []) send(clipOf(one.name, one));
  };
  const ready = id.trim() !== "";
  return (
    <>
      <PageHead title={t("nav.enroll")} lead={t("enroll.lead")} />
      <div class="columns">
        <section class="card" aria-label={t("enroll.who")}>
          <Field
            label={t("enroll.id")}
            hint={t("enroll.id-hint")}
            value={id}
            onValue={(text) => setId(text.trim())}
            locked={clips.length > 0}
          />
          <Field label={t("enroll.name")} value={name} onValue={setName} locked={clips.length > 0} />
          <Field
            label={t("enroll.consent")}
            hint={t("enroll.consent-hint")}
            value={consent}
            onValue={setConsent}
          />
        </section>
        <section
          class="card enroll-voice"
          aria-label={t("enroll.voice")}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault();
            if (ready) sendFiles(event.dataTransfer?.files);
          }}
        >
          <Progress speaker={speaker} />
          {ready ? (
            <>
              <RecordButton
                pieceSeconds={PIECE_SECONDS}
                onRecorded={(blob) => send(clipOf(t("clip.recorded"), blob))}
                onFailed={setFailure}
              />
              <button type="button" onClick={() => file.current?.click()}>
                <Icon name="file" /> {t("enroll.files")}
              </button>
              <input
                ref={file}
                type="file"
                hidden
                multiple
                accept="audio/*,video/webm,video/mp4,.amr,.caf,.opus"
                onChange={({ currentTarget }) => sendFiles(currentTarget.files)}
              />
            </>
          ) : (
            <p class="hint">{t("enroll.id-first")}</p>
          )}
          {failure && (
            <p class="field-error" role="alert">
              {failure}
            </p>
          )}
        </section>
      </div>
      <Done speaker={speaker} clips={clips} />
      <EnrolledClips clips={clips} onForce={force} />
    </>
  );
}

function Progress({ speaker }: { speaker: SpeakerReply | undefined }) {
  const needed = speaker ? neededOf(speaker) : USUAL_NEED_SECONDS;
  return (
    <>
      <SpeechRing speech={speaker?.speechSeconds ?? 0} needed={needed} />
      <p class="hint">{t("enroll.progress")}</p>
    </>
  );
}

function Done({ speaker, clips }: { speaker: SpeakerReply | undefined; clips: readonly SentClip[] }) {
  if (speaker?.status !== "enrolled" || !clips.some(({ state }) => state === "enrolled")) return null;
  return (
    <Notice tone="good">
      <strong>{t("enroll.done", { id: speaker.id })}</strong>
      <p>
        <a href={linkTo("try", "verify", speaker.id)}>{t("enroll.verify")}</a>
        {t("list.comma")}
        <a href={linkTo("speakers", speaker.id)}>{t("enroll.open")}</a>
      </p>
    </Notice>
  );
}

type FieldProps = {
  label: string;
  hint?: string;
  value: string;
  onValue(text: string): void;
  locked?: boolean;
};

function Field({ label, hint, value, onValue, locked = false }: FieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        value={value}
        readOnly={locked}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
      {hint && <small>{hint}</small>}
    </label>
  );
}
