import { useState } from "preact/hooks";
import type { DecisionReply } from "../api/types.ts";
import { type AudioClip, bodyOf, sampleClip } from "../audio/clip.ts";
import { ClipInput } from "../parts/clip-input.tsx";
import { ProblemNotice } from "../parts/notice.tsx";
import { Verdict } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { t } from "../text/text.ts";

/** Both clips of a body with two clips have to fit into it. */
const MOST_BYTES = 2_100_000;

export function TryCompare() {
  const { api } = useConsole();
  const [first, setFirst] = useState<AudioClip>();
  const [second, setSecond] = useState<AudioClip>();
  const [reply, setReply] = useState<DecisionReply>();
  const action = useAction();
  const change = (set: (clip: AudioClip | undefined) => void) => (clip: AudioClip | undefined) => {
    set(clip);
    setReply(undefined);
    action.clear();
  };
  const compare = async (a: AudioClip, b: AudioClip) => {
    setReply(undefined);
    const body = new FormData();
    body.append("audioA", await bodyOf(a, MOST_BYTES), a.name);
    body.append("audioB", await bodyOf(b, MOST_BYTES), b.name);
    setReply(await api.call<DecisionReply>("/compare", { method: "POST", body }));
  };
  const trySamples = (a: string, b: string) =>
    action.run(async () => {
      const [one, other] = await Promise.all([sampleClip(a), sampleClip(b)]);
      setFirst(one);
      setSecond(other);
      await compare(one, other);
    });
  return (
    <>
      {!first && !second && (
        <aside class="welcome">
          <p>{t("try.samples")}</p>
          <button type="button" onClick={() => trySamples("slt-1", "slt-4")}>
            {t("try.same-voice")}
          </button>
          <button type="button" onClick={() => trySamples("awb-1", "rms-4")}>
            {t("try.different-voices")}
          </button>
        </aside>
      )}
      <div class="clips">
        <ClipInput label={t("try.first")} clip={first} onClip={change(setFirst)} />
        <ClipInput label={t("try.second")} clip={second} onClip={change(setSecond)} />
      </div>
      <button
        type="button"
        class="primary"
        disabled={!first || !second || action.busy}
        onClick={() => first && second && action.run(() => compare(first, second))}
      >
        {action.busy ? t("try.listening") : t("try.compare.do")}
      </button>
      <ProblemNotice problem={action.problem} />
      {reply && <Verdict reply={reply} />}
    </>
  );
}
