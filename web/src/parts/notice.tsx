import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { Problem } from "../api/client.ts";
import { currentLanguage, hasText, problemDetail, problemTitle, t } from "../text/text.ts";
import { Icon, type IconName } from "./icon.tsx";

type Tone = "good" | "bad" | "warn" | "info";
const ICONS: Record<Tone, IconName> = { good: "check", bad: "cross", warn: "warning", info: "question" };

export function Notice({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={ICONS[tone]} />
      <div>{children}</div>
    </div>
  );
}

/** A failed request: what is wrong, and what to do. */
export function ProblemNotice({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null;
  const { slug, status, title, detail } = problem;
  const doKey = `problem.${slug}.do`;
  return (
    <Notice tone="bad">
      <strong>{problemTitle(slug, title)}</strong>
      {detail && <p>{problemDetail(detail)}</p>}
      {hasText(doKey) && <p>{t(doKey)}</p>}
      {status > 0 && slug !== "" && (
        <p>
          <a href={`/problems/${slug}?lang=${currentLanguage()}`} target="_blank" rel="noreferrer">
            {t("problem.more")}
          </a>
        </p>
      )}
    </Notice>
  );
}

export function PageHead({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string;
  children?: ComponentChildren;
}) {
  // With the heading, not after it: a screen reader reads the title when the page changes.
  useLayoutEffect(() => {
    document.title = `${title} - Voiceroll`;
  }, [title]);
  return (
    <header class="page-head">
      <div>
        <h1>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  );
}

/** What a page says before it has anything to show. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      {t("loading")}
    </p>
  );
}
