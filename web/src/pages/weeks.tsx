import { useState } from "preact/hooks";
import type { TrendsReply } from "../api/types.ts";
import { Notice, ProblemNotice } from "../parts/notice.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { useAction } from "../state/use-load.ts";
import { count, day, number } from "../text/format.ts";
import { t } from "../text/text.ts";

/**
 * Score distributions by week, and who should be enrolled again. They are loaded once they are
 * opened.
 */
export function Weeks() {
  const { api } = useConsole();
  const [trends, setTrends] = useState<TrendsReply>();
  const action = useAction();
  const load = () =>
    action.run(async () => {
      setTrends(await api.call<TrendsReply>("/trends"));
    });
  return (
    <details class="card fold" onToggle={({ currentTarget }) => currentTarget.open && load()}>
      <summary>{t("weeks.title")}</summary>
      <ProblemNotice problem={action.problem} />
      {trends && <Advised ids={trends.reEnrollmentAdvised} />}
      {trends && (trends.weeks.length > 0 ? <Table weeks={trends.weeks} /> : <p>{t("weeks.none")}</p>)}
    </details>
  );
}

function Advised({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <Notice tone="warn">
      <strong>{t("weeks.advised")}</strong>
      <p>
        {ids.map((id) => (
          <a key={id} href={linkTo("speakers", id)}>
            {id}
          </a>
        ))}
      </p>
    </Notice>
  );
}

function Table({ weeks }: { weeks: TrendsReply["weeks"] }) {
  return (
    <div class="table">
      <table>
        <caption>{t("weeks.caption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("weeks.from")}</th>
            <th scope="col" class="number">
              {t("outcome.accept")}
            </th>
            <th scope="col" class="number">
              {t("outcome.reject")}
            </th>
            <th scope="col">{t("weeks.scores")}</th>
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.from}>
              <td>{day(week.from)}</td>
              <td class="number">{count(week.accepted)}</td>
              <td class="number">{count(week.rejected)}</td>
              <td>
                <Bars week={week} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const WIDTH = 240;
/** Cosines from -0.2 to 1. */
const x = (cosine: number): number => (WIDTH * (cosine + 0.2)) / 1.2;

/** From the lower to the upper tenth, with a mark at the median. */
function Bars({ week: { acceptedCosine, rejectedCosine } }: { week: TrendsReply["weeks"][number] }) {
  const spreads = [
    { kind: "genuine", y: 3, spread: acceptedCosine },
    { kind: "impostor", y: 13, spread: rejectedCosine },
  ];
  const text = spreads.flatMap(({ spread }) => (spread ? number(spread.median) : [])).join(", ");
  return (
    <svg width={WIDTH} height={22} role="img" aria-label={t("weeks.medians", { medians: text })}>
      {spreads.map(
        ({ kind, y, spread }) =>
          spread && (
            <g key={kind}>
              <rect
                class={`density ${kind}`}
                x={x(spread.low)}
                y={y}
                width={Math.max(2, x(spread.high) - x(spread.low))}
                height={6}
              />
              <rect class={`density ${kind}`} x={x(spread.median) - 1.5} y={y - 2} width={3} height={10} />
            </g>
          ),
      )}
    </svg>
  );
}
