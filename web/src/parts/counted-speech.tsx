import { useEffect, useState } from "preact/hooks";
import type { MeasuredClipReply } from "../api/types.ts";
import type { Recording } from "../audio/recorder.ts";
import { useConsole } from "../state/context.ts";
import { t } from "../text/text.ts";
import { SpeechRing } from "./ring.tsx";

const EVERY_MS = 1500;
/** Below this, decisions are marked as weakly supported (`lowEvidence`). */
const ENOUGH_SECONDS = 4;

/** Sends what was recorded so far, and shows the net speech that the server counts in it. */
export function CountedSpeech({ recording }: { recording: Recording }) {
  const { api } = useConsole();
  const [speech, setSpeech] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const count = async () => {
      const body = await recording.soFar();
      const { quality } = await api.call<MeasuredClipReply>("/quality", {
        method: "POST",
        body,
        keep: false,
      });
      if (!ended) setSpeech(quality.speechSeconds);
    };
    const next = () => {
      timer = setTimeout(async () => {
        // The ring is a help, not a check: the decision says what is wrong with the recording.
        await count().catch(() => undefined);
        if (!ended) next();
      }, EVERY_MS);
    };
    next();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [recording]);
  return (
    <div class="counted">
      <SpeechRing speech={speech} needed={ENOUGH_SECONDS} />
      <p class="hint">{t(speech >= ENOUGH_SECONDS ? "counted.enough" : "counted.more")}</p>
    </div>
  );
}
