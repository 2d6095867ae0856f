import { useState } from "preact/hooks";
import { PageHead } from "../parts/notice.tsx";
import { linkTo } from "../state/route.ts";
import { t } from "../text/text.ts";
import { TryCompare } from "./try-compare.tsx";
import { TrySpeaker } from "./try-speaker.tsx";

const KINDS = ["compare", "verify", "identify"] as const;
type Kind = (typeof KINDS)[number];

const kindOf = (name: string | undefined): Kind => KINDS.find((kind) => kind === name) ?? "compare";

/** Record or drop clips, and see a decision. */
export function TryPage({ route: [, name, speaker] }: { route: readonly string[] }) {
  const kind = kindOf(name);
  const [round, setRound] = useState(0);
  return (
    <>
      <PageHead title={t("try.title")} lead={t(`try.lead.${kind}`)} />
      <nav class="tabs" aria-label={t("try.title")}>
        {KINDS.map((one) => (
          <a
            key={one}
            href={linkTo("try", one)}
            aria-current={one === kind ? "page" : undefined}
            onClick={() => setRound(round + 1)}
          >
            {t(`try.${one}`)}
          </a>
        ))}
      </nav>
      {kind === "compare" ? (
        <TryCompare key={round} />
      ) : (
        <TrySpeaker key={`${kind}${round}`} kind={kind} given={speaker ?? ""} />
      )}
    </>
  );
}
