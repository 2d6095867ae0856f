import { useState } from "preact/hooks";
import { apiWith } from "../api/client.ts";
import { ProblemNotice } from "../parts/notice.tsx";
import { LanguageChoice, ThemeChoice } from "../parts/preferences.tsx";
import { useAction } from "../state/use-load.ts";
import { type Language, t } from "../text/text.ts";

type Props = {
  /** True if the server stopped accepting the key of this session. */
  refused: boolean;
  language: Language;
  onLanguage(language: Language): void;
  onKey(key: string, keep: boolean): void;
};

export function SignIn({ refused, language, onLanguage, onKey }: Props) {
  const [key, setKey] = useState("");
  const [keep, setKeep] = useState(true);
  const action = useAction();
  const signIn = () =>
    action.run(async () => {
      await check(key.trim());
      onKey(key.trim(), keep);
    });
  const shown =
    action.problem ?? (refused ? { slug: "unauthorized", status: 401, title: "", detail: "" } : undefined);
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn();
        }}
      >
        <p class="brand">
          <img src="/console/icon.svg" alt="" width="40" height="40" /> Voiceroll
        </p>
        <h1>{t("sign-in.title")}</h1>
        <p class="lead">{t("sign-in.lead")}</p>
        <label class="field">
          <span>{t("sign-in.key")}</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            placeholder="vr_..."
            value={key}
            onInput={({ currentTarget }) => setKey(currentTarget.value)}
            required
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={keep}
            onChange={({ currentTarget }) => setKeep(currentTarget.checked)}
          />
          <span>{t("sign-in.keep")}</span>
        </label>
        <button type="submit" class="primary" disabled={action.busy || key.trim() === ""}>
          {t("sign-in.do")}
        </button>
        <ProblemNotice problem={shown} />
        <details>
          <summary>{t("sign-in.where")}</summary>
          <p>{t("sign-in.where-text")}</p>
          <pre>npx voiceroll keys create --help</pre>
        </details>
        <div class="preferences">
          <LanguageChoice language={language} onLanguage={onLanguage} />
          <ThemeChoice />
        </div>
      </form>
    </main>
  );
}

/** Rejects if the server doesn't know the key. */
const check = (key: string): Promise<unknown> => apiWith(key).call("/keys/self");
