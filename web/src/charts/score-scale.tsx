import type { ScoreReply, ThresholdReply } from "../api/types.ts";
import { useConsole } from "../state/context.ts";
import { number, percent } from "../text/format.ts";
import { named, t } from "../text/text.ts";
import { Curves } from "./curves.tsx";
import { type Densities, densitiesFor } from "./densities.ts";
import { Legend } from "./legend.tsx";
import { ticks } from "./ticks.ts";
import { useWidth } from "./use-width.ts";

const HEIGHT = 170;
const BASE = 132;
const TOP = 34;
const SIDE = 16;

type Mark = { label: string; score: ScoreReply };

/** A decision's score against its threshold, over the densities of the calibration in force. */
export function ScoreScale({ marks, threshold }: { marks: readonly Mark[]; threshold: ThresholdReply }) {
  const { calibration } = useConsole();
  const [ref, width] = useWidth<HTMLDivElement>(560);
  const [best] = marks;
  if (!best) return null;
  const densities = calibration && densitiesFor(calibration.tables, best.score, threshold);
  const [from, to] = domainOf(marks, threshold, densities);
  const x = (value: number) => SIDE + ((value - from) / (to - from)) * (width - 2 * SIDE);
  const at = x(threshold.value);
  const method = named("method", threshold.method);
  const values = { score: number(best.score.value), threshold: number(threshold.value), method };
  return (
    <figure class="scale">
      <div ref={ref}>
        <svg width={width} height={HEIGHT} role="img" aria-label={t("scale.summary", values)}>
          {densities && <Curves densities={densities} from={from} to={to} x={x} base={BASE} top={TOP + 8} />}
          <line class="axis" x1={SIDE} x2={width - SIDE} y1={BASE} y2={BASE} />
          {ticks(from, to, Math.floor(width / 55)).map((value) => (
            <g key={value}>
              <line class="axis" x1={x(value)} x2={x(value)} y1={BASE} y2={BASE + 5} />
              <text class="tick" x={x(value)} y={BASE + 19} text-anchor="middle">
                {number(value, to - from > 4 ? 0 : 1)}
              </text>
            </g>
          ))}
          <line class="threshold" x1={at} x2={at} y1={TOP} y2={BASE} />
          <text class="threshold-label" x={clamp(at, 50, width - 50)} y={TOP - 18} text-anchor="middle">
            {t("scale.threshold", { n: number(threshold.value) })}
          </text>
          {marks.toReversed().map(({ label, score }) => (
            <ScoreMark
              key={label}
              x={x(score.value)}
              passes={score.value >= threshold.value}
              first={score === best.score}
            />
          ))}
        </svg>
      </div>
      <figcaption>
        <Legend name="mark" text={t("scale.score", { n: number(best.score.value), method })} />
        {densities && (
          <>
            <Legend name="genuine" text={t("scale.genuine")} />
            <Legend name="impostor" text={t("scale.impostor")} />
          </>
        )}
        <small>
          {t("scale.measured", {
            far: percent(threshold.far),
            frr: percent(threshold.frr),
            genuine: threshold.genuineTrials,
            impostor: threshold.impostorTrials,
          })}
        </small>
      </figcaption>
    </figure>
  );
}

function ScoreMark({ x, passes, first }: { x: number; passes: boolean; first: boolean }) {
  const name = `score ${passes ? "good" : "bad"} ${first ? "" : "other"}`;
  return (
    <g class={name}>
      <line x1={x} x2={x} y1={first ? TOP + 4 : BASE - 24} y2={BASE} />
      <circle cx={x} cy={first ? TOP + 4 : BASE - 24} r={first ? 7 : 4} />
    </g>
  );
}

/** Everything that is drawn, and a margin: 2.6 deviations around each density. */
function domainOf(
  marks: readonly Mark[],
  threshold: ThresholdReply,
  densities: Densities | undefined,
): [number, number] {
  const normals = densities ? [densities.genuine, densities.impostor] : [];
  const ends = normals.flatMap(({ mean, deviation }) => [mean - 2.6 * deviation, mean + 2.6 * deviation]);
  const values = [...marks.map(({ score }) => score.value), threshold.value, ...ends];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.05, (most - least) * (densities ? 0.02 : 0.3));
  return [least - margin, most + margin];
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
