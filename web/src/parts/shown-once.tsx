import { useState } from "preact/hooks";
import { t } from "../text/text.ts";

/** A secret that the server doesn't show again. */
export function ShownOnce({ title, secret }: { title: string; secret: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <section class="card" aria-live="polite">
      <h2>{title}</h2>
      <p>{t("once.text")}</p>
      <pre>{secret}</pre>
      {navigator.clipboard && (
        <div>
          <button
            type="button"
            onClick={() => navigator.clipboard.writeText(secret).then(() => setCopied(true))}
          >
            {t(copied ? "once.copied" : "once.copy")}
          </button>
        </div>
      )}
    </section>
  );
}
