import type { CalibrationTable } from "../api/types.ts";
import { number, percent } from "../text/format.ts";
import { t } from "../text/text.ts";
import { Curves } from "./curves.tsx";
import { densitiesOf } from "./densities.ts";
import { ticks } from "./ticks.ts";
import { useWidth } from "./use-width.ts";

const HEIGHT = 300;
const BASE = HEIGHT - 46;
const TOP = 48;
const SIDE = 16;

/** The densities of a table with its thresholds. */
export function ScorePlot({ table }: { table: CalibrationTable }) {
  const [ref, width] = useWidth<HTMLDivElement>(420);
  const densities = densitiesOf(table.points);
  const thresholds = table.points.map(({ threshold }) => threshold);
  const ends = densities
    ? [densities.genuine, densities.impostor].flatMap(({ mean, deviation }) => [
        mean - 2.8 * deviation,
        mean + 2.8 * deviation,
      ])
    : [Math.min(...thresholds) - 1, Math.max(...thresholds) + 1];
  const [from, to] = [Math.min(...ends, ...thresholds), Math.max(...ends, ...thresholds)];
  const x = (value: number) => SIDE + ((value - from) / (to - from)) * (width - 2 * SIDE);
  const axis = table.thresholdsOn === "llr" ? t("plot.llr") : t("plot.score");
  return (
    <div ref={ref}>
      <svg width={width} height={HEIGHT} role="img" aria-label={t("plot.label")}>
        {densities && <Curves densities={densities} from={from} to={to} x={x} base={BASE} top={TOP} />}
        <line class="axis" x1={SIDE} x2={width - SIDE} y1={BASE} y2={BASE} />
        {ticks(from, to, Math.floor(width / 70)).map((value) => (
          <text key={value} class="tick" x={x(value)} y={BASE + 18} text-anchor="middle">
            {number(value, to - from > 4 ? 0 : 1)}
          </text>
        ))}
        <text class="tick" x={width / 2} y={HEIGHT - 6} text-anchor="middle">
          {axis}
        </text>
        {table.points.map(({ far, threshold }, i) => (
          <g key={far}>
            <line
              class="threshold"
              x1={x(threshold)}
              x2={x(threshold)}
              y1={TOP - 22 + (i % 3) * 14}
              y2={BASE}
            />
            <text class="tick" x={x(threshold) + 4} y={TOP - 26 + (i % 3) * 14 + 10}>
              {percent(far)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
