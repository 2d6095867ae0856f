import { useState } from "preact/hooks";
import type { Purpose } from "../../../lib/schema/purpose.ts";
import { ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { useAction } from "../state/use-load.ts";
import { type Key, t } from "../text/text.ts";

type Texts = { name: string; version: string; representative: string; channel: string; evidence: string };

const PURPOSES: readonly Purpose[] = ["enroll", "verify", "identify"];
const EMPTY: Texts = { name: "", version: "", representative: "", channel: "", evidence: "" };
const REQUIRED: readonly (keyof Texts)[] = ["name", "version"];

/** The form that records a consent, folded until it is needed. */
export function NewConsent({ path, onRecorded }: { path: string; onRecorded(): void }) {
  const { api } = useConsole();
  const [texts, setTexts] = useState(EMPTY);
  const [purposes, setPurposes] = useState<readonly Purpose[]>(PURPOSES);
  const action = useAction();
  const record = () =>
    action.run(async () => {
      await api.call(`${path}/consents`, { method: "POST", body: bodyOf(texts, purposes) });
      setTexts(EMPTY);
      onRecorded();
    });
  return (
    <details>
      <summary>{t("consents.record")}</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          record();
        }}
      >
        {(Object.keys(EMPTY) as (keyof Texts)[]).map((name) => (
          <label key={name} class="field">
            <span>{t(`consents.field-${name}` as Key)}</span>
            <input
              value={texts[name]}
              required={REQUIRED.includes(name)}
              autocomplete="off"
              onInput={({ currentTarget }) => setTexts({ ...texts, [name]: currentTarget.value })}
            />
          </label>
        ))}
        <PurposeChecks label={t("consents.purposes")} value={purposes} onValue={setPurposes} />
        <button type="submit" disabled={action.busy || purposes.length === 0}>
          {t("consents.record")}
        </button>
        <ProblemNotice problem={action.problem} />
      </form>
    </details>
  );
}

type ChecksProps = {
  label: string;
  value: readonly Purpose[];
  onValue(value: readonly Purpose[]): void;
};

/** A checkbox for each purpose. */
export function PurposeChecks({ label, value, onValue }: ChecksProps) {
  return (
    <fieldset class="stack">
      <legend>{label}</legend>
      {PURPOSES.map((one) => (
        <label key={one} class="check">
          <input
            type="checkbox"
            checked={value.includes(one)}
            onChange={({ currentTarget: { checked } }) =>
              onValue(PURPOSES.filter((other) => (other === one ? checked : value.includes(other))))
            }
          />
          <span>{t(`purpose.${one}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Empty fields are left out. */
function bodyOf({ name, version, representative, channel, evidence }: Texts, purposes: readonly Purpose[]) {
  return {
    givenBy: representative === "" ? { who: "person" } : { who: "representative", name: representative },
    text: { name, version },
    purposes,
    ...(channel === "" ? {} : { channel }),
    ...(evidence === "" ? {} : { evidence: { reference: evidence } }),
  };
}
