import { useState } from "preact/hooks";
import type { KeyReply, MadeKeyReply } from "../api/types.ts";
import { CheckList } from "../parts/check-list.tsx";
import { ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { t } from "../text/text.ts";

/** Makes a key. It can have only scopes that the key in use has itself. */
export function NewKey({ own, onMade }: { own: KeyReply; onMade(made: MadeKeyReply): void }) {
  const { api } = useConsole();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [expires, setExpires] = useState("");
  const action = useAction();
  const make = () =>
    action.run(async () => {
      const expiresAt = expires && new Date(expires).toISOString();
      const body = { name: name.trim(), scopes, ...(expiresAt && { expiresAt }) };
      onMade(await api.call<MadeKeyReply>("/keys", { method: "POST", body }));
      setName("");
      setScopes([]);
    });
  return (
    <details class="card fold">
      <summary>{t("keys.new")}</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <label class="field">
          <span>{t("keys.name")}</span>
          <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} required />
        </label>
        <CheckList
          legend={t("keys.scopes")}
          names={own.scopes}
          prefix="scope"
          chosen={scopes}
          onChosen={setScopes}
        />
        <label class="field">
          <span>{t("keys.until")}</span>
          <input
            type="date"
            value={expires}
            onInput={({ currentTarget }) => setExpires(currentTarget.value)}
          />
        </label>
        <div>
          <button
            type="submit"
            class="primary"
            disabled={action.busy || name.trim() === "" || scopes.length === 0}
          >
            {t("keys.make")}
          </button>
        </div>
        <ProblemNotice problem={action.problem} />
      </form>
    </details>
  );
}
