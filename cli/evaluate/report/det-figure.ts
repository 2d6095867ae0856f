import { quantileNormal, type Spec } from "vega";
import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { METHOD_NAMES, scoresByClass } from "../../../lib/evaluate/methods.ts";
import { detPoints } from "../../../lib/score/rates/det.ts";
import { LOOKS } from "./palette.ts";

const TICKS = [0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];
const MAX_RATE = 0.6;
/** The step of a curve in ln(odds), finer than a pixel. */
const STEP = 0.03;

/**
 * DET curves: FRR over FAR on normal-deviate axes, one curve per method, with a ring at the EER.
 */
export function detFigure(evaluation: Evaluation): Spec {
  const [whole] = evaluation.parts;
  // A rate of less than one trial can't be measured, so the axes don't show it.
  const lowest = (trials: number) => Math.min(Math.max(0.5 / trials, 0.0001), 0.05);
  const curves = evaluation.scores.flatMap(({ method, scores }) => {
    const { genuine, impostor } = scoresByClass(evaluation.trials, scores);
    return detPoints(genuine, impostor, STEP).map(({ far, frr }) => point(method, far, frr));
  });
  const eers = whole.results.flatMap(({ method, measures }) =>
    measures && measures.eer > 0 && measures.eer < 1 ? [point(method, measures.eer, measures.eer)] : [],
  );
  const methods = whole.results.map(({ method }) => method);
  const names = methods.map((method) => METHOD_NAMES[method]);
  const axis = (scale: "x" | "y", lowestRate: number) => ({
    scale,
    orient: scale === "x" ? ("bottom" as const) : ("left" as const),
    title: scale === "x" ? "False accepts (FAR)" : "False rejects (FRR)",
    grid: true,
    labelOverlap: "greedy" as const,
    values: TICKS.filter((rate) => rate >= lowestRate && rate <= MAX_RATE).map((rate) =>
      quantileNormal(rate),
    ),
    encode: {
      labels: { update: { text: { signal: "format(100 * cumulativeNormal(datum.value), '.2~r') + ' %'" } } },
    },
  });
  const range = (scale: "x" | "y", rate: number) => ({
    name: scale,
    type: "linear" as const,
    zero: false,
    domain: [quantileNormal(rate), quantileNormal(MAX_RATE)],
    range: scale === "x" ? ("width" as const) : ("height" as const),
  });
  const minRate = Math.min(lowest(whole.impostors), lowest(whole.targets));
  return {
    width: 440,
    height: 440,
    data: [
      { name: "curves", values: curves },
      { name: "eers", values: eers },
      {
        name: "diagonal",
        values: [quantileNormal(minRate), quantileNormal(MAX_RATE)].map((x) => ({ x, y: x })),
      },
    ],
    scales: [
      range("x", minRate),
      range("y", minRate),
      { name: "color", type: "ordinal", domain: names, range: methods.map((m) => LOOKS[m].color) },
      { name: "dash", type: "ordinal", domain: names, range: methods.map((m) => [...LOOKS[m].dash]) },
    ],
    axes: [axis("x", minRate), axis("y", minRate)],
    legends: [
      { stroke: "color", strokeDash: "dash", orient: "right", symbolType: "stroke", symbolSize: 500 },
    ],
    marks: [
      {
        type: "line",
        from: { data: "diagonal" },
        encode: {
          enter: {
            ...place,
            stroke: { value: "#8894a0" },
            strokeWidth: { value: 1 },
            strokeDash: { value: [3, 4] },
          },
        },
      },
      {
        type: "group",
        clip: true,
        encode: { enter: { width: { signal: "width" }, height: { signal: "height" } } },
        marks: [
          {
            type: "group",
            from: { facet: { name: "curve", data: "curves", groupby: "name" } },
            marks: [
              {
                type: "line",
                from: { data: "curve" },
                encode: {
                  enter: {
                    ...place,
                    ...stroke,
                    strokeDash: { scale: "dash", field: "name" },
                    strokeWidth: { value: 1.8 },
                  },
                },
              },
            ],
          },
          {
            type: "symbol",
            from: { data: "eers" },
            encode: { enter: { ...place, ...stroke, fill: { value: "#ffffff" }, size: { value: 50 } } },
          },
        ],
      },
    ],
  };
}

const place = { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } };
const stroke = { stroke: { scale: "color", field: "name" } };

const point = (method: keyof typeof METHOD_NAMES, far: number, frr: number) => ({
  name: METHOD_NAMES[method],
  x: quantileNormal(far),
  y: quantileNormal(frr),
});
