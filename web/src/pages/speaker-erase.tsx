import { useMemo, useState } from "preact/hooks";
import { Confirm } from "../parts/dialog.tsx";
import { Notice, PageHead } from "../parts/notice.tsx";
import { Fact } from "../parts/verdict.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useAction } from "../state/use-load.ts";
import { count, time } from "../text/format.ts";
import { t } from "../text/text.ts";

export type Receipt = {
  uid: string;
  clips: number;
  at: string;
  removed: Record<string, number>;
  remaining: readonly { where: string; until: string | null }[];
};
type Props = { id: string; path: string; onClose(): void; onErased(receipt: Receipt): void };

/** Erases after the speaker's ID was typed. */
export function EraseSpeaker({ id, path, onClose, onErased }: Props) {
  const { api } = useConsole();
  const action = useAction();
  const [typed, setTyped] = useState("");
  const [mismatch, setMismatch] = useState(false);
  const erase = () => {
    setMismatch(typed.trim() !== id);
    if (typed.trim() !== id) return;
    action.run(async () => {
      const headers = await api.headers(path, { method: "DELETE" });
      onErased(JSON.parse(headers.get("Erasure-Receipt") ?? "{}") as Receipt);
    });
  };
  return (
    <Confirm
      title={t("erase.title", { id })}
      doing={t("erase.do")}
      danger
      action={action}
      onDo={erase}
      onClose={onClose}
    >
      <p>{t("erase.text")}</p>
      <label class="field">
        <span>{t("erase.type", { id })}</span>
        <input
          value={typed}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      {mismatch && (
        <p class="field-error" role="alert">
          {t("erase.mismatch", { id })}
        </p>
      )}
    </Confirm>
  );
}

/** What was erased, to keep for the person's file. */
export function ReceiptCard({ id, receipt }: { id: string; receipt: Receipt }) {
  const text = JSON.stringify(receipt, null, 2);
  const href = useMemo(() => URL.createObjectURL(new Blob([text], { type: "application/json" })), [text]);
  return (
    <>
      <PageHead title={t("receipt.title", { id })} lead={t("receipt.lead")} />
      <section class="card">
        <dl class="facts">
          <Fact label={t("speaker.uid")} value={receipt.uid} />
          <Fact label={t("receipt.at")} value={time(receipt.at)} />
          <Fact label={t("speakers.clips")} value={count(receipt.clips)} />
        </dl>
        {receipt.remaining.length > 0 && <Notice tone="info">{t("receipt.remaining")}</Notice>}
        <pre>{text}</pre>
        <div class="actions">
          <a class="button" href={href} download={`erasure-${receipt.uid}.json`}>
            {t("receipt.save")}
          </a>
          <a class="button" href={linkTo("speakers")}>
            {t("receipt.back")}
          </a>
        </div>
      </section>
    </>
  );
}
