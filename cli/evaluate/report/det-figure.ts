import { type Axis, type Mark, quantileNormal, type Scale, type Spec } from "vega";
import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { type MeasuredMethod, scoresByClass } from "../../../lib/evaluate/methods.ts";
import { detPoints } from "../../../lib/score/rates/det.ts";
import { t } from "../../text/language.ts";
import { methodName } from "./method-name.ts";
import { LOOKS } from "./palette.ts";

const TICKS = [0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];
const MAX_RATE = 0.6;
/** The step of a curve in ln(odds), finer than a pixel. */
const STEP = 0.03;

/**
 * DET curves: FRR over FAR on normal-deviate axes, one curve per method, with a ring at the EER.
 */
export function detFigure(evaluation: Evaluation): Spec {
  const [{ results, impostors, targets }] = evaluation.parts;
  const minRate = Math.min(lowestRate(impostors), lowestRate(targets));
  const methods = results.map(({ method }) => method);
  const names = methods.map(methodName);
  const corners = [quantileNormal(minRate), quantileNormal(MAX_RATE)];
  return {
    width: 440,
    height: 440,
    data: [
      { name: "curves", values: curves(evaluation) },
      { name: "eers", values: eers(evaluation) },
      { name: "diagonal", values: corners.map((x) => ({ x, y: x })) },
    ],
    scales: [
      rateScale("x", minRate),
      rateScale("y", minRate),
      { name: "color", type: "ordinal", domain: names, range: methods.map((m) => LOOKS[m].color) },
      { name: "dash", type: "ordinal", domain: names, range: methods.map((m) => [...LOOKS[m].dash]) },
    ],
    axes: [rateAxis("x", minRate), rateAxis("y", minRate)],
    legends: [
      { stroke: "color", strokeDash: "dash", orient: "right", symbolType: "stroke", symbolSize: 500 },
    ],
    marks: MARKS,
  };
}

/** A rate of less than one trial can't be measured, so the axes don't show it. */
const lowestRate = (trials: number) => Math.min(Math.max(0.5 / trials, 0.0001), 0.05);

const curves = ({ trials, scores: methods }: Evaluation) =>
  methods.flatMap(({ method, scores }) => {
    const { genuine, impostor } = scoresByClass(trials, scores);
    return detPoints(genuine, impostor, STEP).map(({ far, frr }) => point(method, far, frr));
  });

const eers = ({ parts: [{ results }] }: Evaluation) =>
  results.flatMap(({ method, measures }) =>
    measures && measures.eer > 0 && measures.eer < 1 ? [point(method, measures.eer, measures.eer)] : [],
  );

const point = (method: MeasuredMethod, far: number, frr: number) => ({
  name: methodName(method),
  x: quantileNormal(far),
  y: quantileNormal(frr),
});

const rateScale = (name: "x" | "y", minRate: number): Scale => ({
  name,
  type: "linear",
  zero: false,
  domain: [quantileNormal(minRate), quantileNormal(MAX_RATE)],
  range: name === "x" ? "width" : "height",
});

const rateAxis = (scale: "x" | "y", minRate: number): Axis => ({
  scale,
  orient: scale === "x" ? "bottom" : "left",
  title: scale === "x" ? t`False accepts (FAR)` : t`False rejects (FRR)`,
  grid: true,
  labelOverlap: "greedy",
  values: TICKS.filter((rate) => rate >= minRate && rate <= MAX_RATE).map((rate) => quantileNormal(rate)),
  encode: {
    labels: { update: { text: { signal: "format(100 * cumulativeNormal(datum.value), '.2~r') + ' %'" } } },
  },
});

const place = { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } };
const stroke = { stroke: { scale: "color", field: "name" } };
const dash = { strokeDash: { scale: "dash", field: "name" } };

const DIAGONAL: Mark = {
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
};

const CURVES: Mark = {
  type: "group",
  from: { facet: { name: "curve", data: "curves", groupby: "name" } },
  marks: [
    {
      type: "line",
      from: { data: "curve" },
      encode: { enter: { ...place, ...stroke, ...dash, strokeWidth: { value: 1.8 } } },
    },
  ],
};

const EER_RINGS: Mark = {
  type: "symbol",
  from: { data: "eers" },
  encode: { enter: { ...place, ...stroke, fill: { value: "#ffffff" }, size: { value: 50 } } },
};

const MARKS: Mark[] = [
  DIAGONAL,
  {
    type: "group",
    clip: true,
    encode: { enter: { width: { signal: "width" }, height: { signal: "height" } } },
    marks: [CURVES, EER_RINGS],
  },
];
