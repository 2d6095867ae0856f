import type { ChallengeReply } from "../api/types.ts";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { currentLanguage, t } from "../text/text.ts";
import { ProblemNotice } from "./notice.tsx";

type Props = {
  speaker: string;
  challenge: ChallengeReply | undefined;
  onChallenge(challenge: ChallengeReply): void;
};

/** Digits that the person says in the recording, so that one from before is of no use. */
export function ChallengeInput({ speaker, challenge, onChallenge }: Props) {
  const { api } = useConsole();
  const action = useAction();
  const ask = async () => {
    const body = { speaker, language: currentLanguage() };
    onChallenge(await api.call<ChallengeReply>("/challenges", { method: "POST", body }));
  };
  return (
    <section class="challenge">
      {challenge ? (
        <p aria-live="polite">
          {t("challenge.say")} <strong>{challenge.text}</strong>
        </p>
      ) : (
        <p class="hint">{t("challenge.why")}</p>
      )}
      <button
        type="button"
        class="quiet"
        disabled={speaker === "" || action.busy}
        onClick={() => action.run(ask)}
      >
        {t(challenge ? "challenge.again" : "challenge.ask")}
      </button>
      <ProblemNotice problem={action.problem} />
    </section>
  );
}
