import { useState } from "preact/hooks";
import type { SpeakerDetailReply } from "../api/types.ts";
import { Loading, Notice, PageHead, ProblemNotice } from "../parts/notice.tsx";
import { SpeechRing } from "../parts/ring.tsx";
import { StatusTag } from "../parts/status-tag.tsx";
import { Fact } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { number, seconds, time } from "../text/format.ts";
import { t } from "../text/text.ts";
import { SpeakerClips } from "./speaker-clips.tsx";
import { SpeakerConsents } from "./speaker-consents.tsx";
import { EraseSpeaker, type Receipt, ReceiptCard } from "./speaker-erase.tsx";
import { ManageSpeaker } from "./speaker-manage.tsx";

/** One speaker: what the voiceprint is made of, failed attempts, changes, erasure. */
export function SpeakerPage({ id }: { id: string }) {
  const { api } = useConsole();
  const path = `/speakers/${encodeURIComponent(id)}`;
  const { value: speaker, problem, reload } = useLoad(() => api.call<SpeakerDetailReply>(path), [api, path]);
  const [erasing, setErasing] = useState(false);
  const [receipt, setReceipt] = useState<Receipt>();
  if (receipt) return <ReceiptCard id={id} receipt={receipt} />;
  return (
    <>
      <PageHead title={speaker?.name ?? id} {...(speaker?.name ? { lead: id } : {})}>
        <a class="button" href={linkTo("try", "verify", id)}>
          {t("try.verify")}
        </a>
        <a class="button" href={linkTo("enroll", id)}>
          {t("speaker.add-clips")}
        </a>
        <button type="button" class="danger" onClick={() => setErasing(true)}>
          {t("speaker.erase")}
        </button>
      </PageHead>
      <ProblemNotice problem={problem} />
      {!speaker && !problem && <Loading />}
      {speaker && (
        <>
          <Overview speaker={speaker} />
          <Attempts path={path} attempts={speaker.attempts} onUnlocked={reload} />
          <SpeakerClips path={path} version={speaker.version} onChanged={reload} />
          <SpeakerConsents path={path} version={speaker.version} onChanged={reload} />
          <ManageSpeaker key={speaker.version} path={path} speaker={speaker} onChanged={reload} />
        </>
      )}
      {erasing && (
        <EraseSpeaker id={id} path={path} onClose={() => setErasing(false)} onErased={setReceipt} />
      )}
    </>
  );
}

function Overview({ speaker }: { speaker: SpeakerDetailReply }) {
  const { speechSeconds, remainingSpeechSeconds, cohesion } = speaker;
  return (
    <section class="card overview" aria-label={t("speaker.overview")}>
      <SpeechRing speech={speechSeconds} needed={neededOf(speaker)} />
      <dl class="facts">
        <div>
          <dt>{t("speakers.status")}</dt>
          <dd>
            <StatusTag status={speaker.status} />
          </dd>
        </div>
        <Fact label={t("speaker.remaining")} value={seconds(remainingSpeechSeconds)} />
        <Fact
          label={t("speaker.cohesion")}
          value={cohesion === null ? t("speaker.no-cohesion") : number(cohesion)}
        />
        <Fact label={t("speaker.uid")} value={speaker.uid} />
        <Fact label={t("speaker.created")} value={time(speaker.createdAt)} />
        <Fact
          label={t("speaker.expires")}
          value={speaker.expiresAt ? time(speaker.expiresAt) : t("speaker.never")}
        />
      </dl>
    </section>
  );
}

/** The speech for a full ring. An enrolled speaker has all that was needed. */
export const neededOf = (speaker: { speechSeconds: number; remainingSpeechSeconds: number }): number =>
  speaker.speechSeconds + speaker.remainingSpeechSeconds;

type AttemptsProps = { path: string; attempts: SpeakerDetailReply["attempts"]; onUnlocked(): void };

/** Failed verifications in a row, which pause further ones. */
function Attempts({ path, attempts: { rejects, pauseSeconds }, onUnlocked }: AttemptsProps) {
  const { api } = useConsole();
  const action = useAction();
  if (rejects === 0) return null;
  const unlock = () =>
    action.run(async () => {
      await api.call(`${path}/unlock`, { method: "POST", body: {} });
      onUnlocked();
    });
  return (
    <Notice tone="warn">
      <p>
        {t("speaker.rejects", { n: rejects })}{" "}
        {pauseSeconds > 0 ? t("speaker.paused", { n: pauseSeconds }) : t("speaker.not-paused")}
      </p>
      <button type="button" disabled={action.busy} onClick={unlock}>
        {t("speaker.unlock")}
      </button>
      <ProblemNotice problem={action.problem} />
    </Notice>
  );
}
