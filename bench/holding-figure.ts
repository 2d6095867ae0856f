import type { Mark, Spec } from "vega";
import { GENUINE, IMPOSTOR, INK, RULE } from "../cli/evaluate/report/palette.ts";

/**
 * One list and target rate: the stated interval (medians over the splits), and the rate on each
 * other half.
 */
export type Holding = {
  list: string;
  targetFar: number;
  low: number;
  high: number;
  found: readonly number[];
};

const WIDTH = 460;
const ROW = 34;
/** The lowest rate shown, because a logarithmic axis has no zero. */
const MIN_RATE = 5e-5;

/**
 * False-accept rates on speakers outside the fit: one row per list and target rate, one dot per
 * split.
 */
export function holdingFigure(holdings: readonly Holding[]): Spec {
  const rows = holdings.map((one) => ({ ...one, name: `${one.list}, target ${one.targetFar * 100} %` }));
  const shown = (rate: number) => Math.max(rate, MIN_RATE);
  return {
    width: WIDTH,
    height: rows.length * ROW,
    data: [
      { name: "rows", values: rows.map(({ found: _, ...one }) => ({ ...one, low: shown(one.low) })) },
      {
        name: "found",
        values: rows.flatMap(({ name, found, low, high }) =>
          found.map((rate) => ({ name, rate: shown(rate), inside: rate >= low && rate <= high })),
        ),
      },
    ],
    scales: [
      { name: "x", type: "log", domain: [MIN_RATE, 0.1], range: "width", clamp: true },
      { name: "y", type: "band", domain: { data: "rows", field: "name" }, range: "height" },
    ],
    axes: [
      {
        scale: "x",
        orient: "bottom",
        grid: true,
        values: [MIN_RATE, 1e-4, 1e-3, 1e-2, 1e-1],
        title: "FAR on speakers outside the fit (the first tick includes 0)",
        format: "~%",
      },
      { scale: "y", orient: "left", ticks: false, domain: false },
    ],
    marks: MARKS,
  };
}

const y = { scale: "y", field: "name", band: 0.5 };

const MARKS: Mark[] = [
  {
    type: "rect",
    from: { data: "rows" },
    encode: {
      enter: {
        x: { scale: "x", field: "low" },
        x2: { scale: "x", field: "high" },
        yc: y,
        height: { value: ROW * 0.6 },
        fill: { value: RULE },
      },
    },
  },
  {
    type: "symbol",
    from: { data: "found" },
    encode: {
      enter: {
        x: { scale: "x", field: "rate" },
        y,
        size: { value: 40 },
        fillOpacity: { value: 0.55 },
        fill: [{ test: "datum.inside", value: GENUINE }, { value: IMPOSTOR }],
        shape: [{ test: "datum.inside", value: "circle" }, { value: "diamond" }],
      },
    },
  },
  {
    type: "symbol",
    from: { data: "rows" },
    encode: {
      enter: {
        x: { scale: "x", field: "targetFar" },
        y,
        shape: { value: "stroke" },
        angle: { value: 90 },
        size: { value: ROW * 16 },
        stroke: { value: INK },
        strokeWidth: { value: 2 },
      },
    },
  },
];
