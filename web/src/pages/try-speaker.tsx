import { useState } from "preact/hooks";
import type { AnyDecision, ChallengeReply } from "../api/types.ts";
import { type AudioClip, bodyOf, sampleClip } from "../audio/clip.ts";
import { ChallengeInput } from "../parts/challenge.tsx";
import { ClipInput } from "../parts/clip-input.tsx";
import { ProblemNotice } from "../parts/notice.tsx";
import { SAMPLE_ENROLLMENT, SAMPLE_SPEAKER } from "../parts/samples.ts";
import { Verdict } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { t } from "../text/text.ts";
import { enrollClip } from "./enroll-clip.ts";

type Props = { kind: "verify" | "identify"; given: string };

/** Verify a claimed speaker, or identify an unknown one. */
export function TrySpeaker({ kind, given }: Props) {
  const { api } = useConsole();
  const [name, setName] = useState(given);
  const [clip, setClip] = useState<AudioClip>();
  const [reply, setReply] = useState<AnyDecision>();
  const [challenge, setChallenge] = useState<ChallengeReply>();
  const action = useAction();
  const decide = async (spoken: AudioClip, who: string) => {
    setReply(undefined);
    const asked = challenge?.speaker === who ? challenge.challenge : undefined;
    const query = kind === "verify" ? { speaker: who, challenge: asked } : { group: who };
    // A challenge can be used once.
    setChallenge(undefined);
    const body = await bodyOf(spoken);
    setReply(await api.call<AnyDecision>(`/${kind}`, { method: "POST", query, body }));
  };
  const trySample = () =>
    action.run(async () => {
      for (const one of SAMPLE_ENROLLMENT)
        await enrollClip(api, SAMPLE_SPEAKER, await sampleClip(one)).catch(ignoreDuplicate);
      const probe = await sampleClip("awb-6");
      setName(kind === "verify" ? SAMPLE_SPEAKER : "");
      setClip(probe);
      await decide(probe, kind === "verify" ? SAMPLE_SPEAKER : "");
    });
  const ready = clip !== undefined && (kind === "identify" || name !== "");
  return (
    <>
      {!clip && (
        <aside class="welcome">
          <p>{t(`try.sample.${kind}`)}</p>
          <button type="button" disabled={action.busy} onClick={trySample}>
            {action.busy ? t("try.listening") : t(`try.sample.${kind}.do`)}
          </button>
        </aside>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (clip && ready) action.run(() => decide(clip, name));
        }}
      >
        <label class="field">
          <span>{t(kind === "verify" ? "try.claimed" : "try.group")}</span>
          <input
            value={name}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setName(currentTarget.value.trim())}
          />
        </label>
        {kind === "verify" && (
          <ChallengeInput speaker={name} challenge={challenge} onChallenge={setChallenge} />
        )}
        <ClipInput
          label={t("try.probe")}
          clip={clip}
          onClip={(one) => {
            setClip(one);
            setReply(undefined);
            action.clear();
          }}
        />
        <button type="submit" class="primary" disabled={!ready || action.busy}>
          {action.busy ? t("try.listening") : t(`try.${kind}.do`)}
        </button>
      </form>
      <ProblemNotice problem={action.problem} />
      {reply && <Verdict reply={reply} />}
    </>
  );
}

/** The sample voice may be enrolled from an earlier visit. */
function ignoreDuplicate(error: unknown): void {
  const { problem } = error as { problem?: { slug: string } };
  if (problem?.slug !== "duplicate-clip") throw error;
}
