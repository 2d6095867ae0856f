import { useState } from "preact/hooks";
import type { ConsentListReply, ConsentReply } from "../api/types.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Loading, ProblemNotice } from "../parts/notice.tsx";
import { RecordingPlayer } from "../parts/recording-player.tsx";
import { useConsole } from "../state/context.ts";
import { useAction, useLoad } from "../state/use-load.ts";
import { time } from "../text/format.ts";
import { t } from "../text/text.ts";
import { NewConsent } from "./new-consent.tsx";

type Props = { path: string; version: number; onChanged(): void };

/** What the person has consented to: see it, record more, withdraw one. */
export function SpeakerConsents({ path, version, onChanged }: Props) {
  const { api } = useConsole();
  const { value, problem } = useLoad(
    () => api.call<ConsentListReply>(`${path}/consents`),
    [api, path, version],
  );
  const [leaving, setLeaving] = useState<ConsentReply>();
  const action = useAction();
  const withdraw = (consent: ConsentReply) =>
    action.run(async () => {
      await api.call(`${path}/consents/${consent.id}/withdraw`, { method: "POST", body: {} });
      setLeaving(undefined);
      onChanged();
    });
  return (
    <section class="card stack" aria-labelledby="consents-title">
      <h2 id="consents-title">{t("consents.title")}</h2>
      <ProblemNotice problem={problem} />
      {!value && !problem && <Loading />}
      {value && <p class="hint">{allowed(value.purposes)}</p>}
      <ul class="clip-list">
        {value?.consents.map((consent) => (
          <li key={consent.id} class="card">
            <ConsentFacts path={path} consent={consent} />
            {!consent.withdrawal && (
              <button type="button" onClick={() => setLeaving(consent)}>
                {t("consents.withdraw")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <NewConsent path={path} onRecorded={onChanged} />
      {leaving && (
        <Confirm
          title={t("consents.withdraw-title")}
          doing={t("consents.withdraw")}
          danger
          action={action}
          onDo={() => withdraw(leaving)}
          onClose={() => setLeaving(undefined)}
        >
          <p>{t("consents.withdraw-text")}</p>
        </Confirm>
      )}
    </section>
  );
}

type Purpose = ConsentReply["purposes"][number];

const listed = (purposes: readonly Purpose[]): string =>
  purposes.map((one) => t(`purpose.${one}`)).join(t("list.comma"));

function allowed(purposes: readonly Purpose[] | null): string {
  if (purposes === null) return t("consents.none");
  return purposes.length === 0
    ? t("consents.nothing")
    : t("consents.allowed", { purposes: listed(purposes) });
}

function ConsentFacts({ path, consent }: { path: string; consent: ConsentReply }) {
  const { text, purposes, givenBy, givenAt, channel, evidence, withdrawal } = consent;
  const by = givenBy.who === "person" ? t("consents.by-person") : t("consents.by-representative");
  const who = [by, givenBy.name, givenBy.relation, channel].filter((one) => one !== null);
  return (
    <div>
      <p>
        {text.name} {text.version}
        {t("list.colon")}
        {listed(purposes)}
      </p>
      <small>
        {time(givenAt)}
        {t("list.comma")}
        {who.join(t("list.comma"))}
      </small>
      {evidence?.reference && <p class="hint">{evidence.reference}</p>}
      {evidence?.recording && <RecordingPlayer address={`${path}/consents/${consent.id}/evidence`} />}
      {withdrawal && <p class="hint">{t("consents.withdrawn", { at: time(withdrawal.at) })}</p>}
    </div>
  );
}
