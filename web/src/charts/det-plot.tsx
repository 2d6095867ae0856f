import type { CalibrationTable } from "../api/types.ts";
import { percent } from "../text/format.ts";
import { t } from "../text/text.ts";
import { densitiesOf, type Normal, probit } from "./densities.ts";
import { useWidth } from "./use-width.ts";

const HEIGHT = 300;
const PLACE = { left: 58, right: 14, top: 14, bottom: 46 };
const RATES = [0.001, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95];
const [LEAST, MOST] = [0.0005, 0.97];

type Series = { name: string; table: CalibrationTable };

/** False rejects over false accepts on normal-deviate axes, with the intervals of each rate. */
export function DetPlot({ series }: { series: readonly Series[] }) {
  const [ref, width] = useWidth<HTMLDivElement>(420);
  const x = (rate: number) => PLACE.left + share(rate) * (width - PLACE.left - PLACE.right);
  const y = (rate: number) => HEIGHT - PLACE.bottom - share(rate) * (HEIGHT - PLACE.top - PLACE.bottom);
  const sparse = width < 360 ? RATES.filter((_, i) => i % 2 === 0) : RATES;
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={t("det.label", { names: series.map(({ name }) => name).join(t("list.comma")) })}
      >
        {sparse.map((rate) => (
          <g key={rate}>
            <line class="grid" x1={x(rate)} x2={x(rate)} y1={PLACE.top} y2={HEIGHT - PLACE.bottom} />
            <line class="grid" x1={PLACE.left} x2={width - PLACE.right} y1={y(rate)} y2={y(rate)} />
            <text class="tick" x={x(rate)} y={HEIGHT - PLACE.bottom + 18} text-anchor="middle">
              {percent(rate)}
            </text>
            <text class="tick" x={PLACE.left - 8} y={y(rate) + 4} text-anchor="end">
              {percent(rate)}
            </text>
          </g>
        ))}
        <text class="tick" x={(width + PLACE.left) / 2} y={HEIGHT - 6} text-anchor="middle">
          {t("det.far")}
        </text>
        <text class="tick" transform={`translate(12 ${HEIGHT / 2 - 10}) rotate(-90)`} text-anchor="middle">
          {t("det.frr")}
        </text>
        {series.map(({ name, table }, i) => (
          <Curve key={name} table={table} second={i > 0} x={x} y={y} />
        ))}
      </svg>
    </div>
  );
}

type CurveProps = {
  table: CalibrationTable;
  second: boolean;
  x(rate: number): number;
  y(rate: number): number;
};

function Curve({ table, second, x, y }: CurveProps) {
  const densities = densitiesOf(table.points);
  const name = second ? "curve second" : "curve";
  return (
    <g>
      {densities && <path class={name} d={lineOf(densities.impostor, densities.genuine, x, y)} />}
      {table.points
        .filter(({ far, frr }) => inside(far) && inside(frr))
        .map(({ far, frr, measured }) => (
          <g key={far}>
            {measured && (
              <>
                {/* The stated rate of a bundled threshold is a bound, which the measured one is below. */}
                {measured.far.high >= far && (
                  <line
                    class="interval"
                    x1={x(measured.far.low)}
                    x2={x(measured.far.high)}
                    y1={y(frr)}
                    y2={y(frr)}
                  />
                )}
                <line
                  class="interval"
                  x1={x(far)}
                  x2={x(far)}
                  y1={y(measured.frr.low)}
                  y2={y(measured.frr.high)}
                />
              </>
            )}
            <circle class={second ? "point second" : "point"} cx={x(far)} cy={y(frr)} r="4.5" />
          </g>
        ))}
    </g>
  );
}

const inside = (rate: number): boolean => rate >= LEAST && rate <= MOST;
/** Where a rate is between the ends of an axis, from 0 to 1. */
const share = (rate: number): number => {
  const within = Math.min(MOST, Math.max(LEAST, rate));
  return (probit(within) - probit(LEAST)) / (probit(MOST) - probit(LEAST));
};

/** Normal scores give a straight line on these axes; only the part inside of them is drawn. */
function lineOf(
  impostor: Normal,
  genuine: Normal,
  x: (rate: number) => number,
  y: (rate: number) => number,
): string {
  const frrAt = (far: number) => {
    const threshold = impostor.mean - impostor.deviation * probit(far);
    return normalCdf((threshold - genuine.mean) / genuine.deviation);
  };
  const rates = Array.from({ length: 80 }, (_, i) =>
    normalCdf(probit(LEAST) + ((probit(MOST) - probit(LEAST)) * i) / 79),
  );
  const points = rates
    .map((far) => ({ far, frr: frrAt(far) }))
    .filter(({ far, frr }) => inside(far) && inside(frr));
  return points.length < 2
    ? ""
    : `M${points.map(({ far, frr }) => `${x(far).toFixed(1)},${y(frr).toFixed(1)}`).join("L")}`;
}

/**
 * The standard normal distribution function, with an absolute error below 1.5e-7.
 *
 * Source: Abramowitz and Stegun 1964, formula 7.1.26.
 */
function normalCdf(z: number): number {
  const v = Math.abs(z) / Math.SQRT2;
  const s = 1 / (1 + 0.3275911 * v);
  const tail =
    s * (0.254829592 + s * (-0.284496736 + s * (1.421413741 + s * (-1.453152027 + s * 1.061405429))));
  const upper = (tail * Math.exp(-v * v)) / 2;
  return z < 0 ? upper : 1 - upper;
}
