import type { GroupMark, Mark, Spec } from "vega";
import type { Evaluation } from "../../../lib/evaluate/evaluation.ts";
import { type MethodScores, scoresByClass } from "../../../lib/evaluate/methods.ts";
import { t } from "../../text/language.ts";
import { methodName } from "./method-name.ts";
import { GENUINE, IMPOSTOR, INK } from "./palette.ts";

const BINS = 60;
const WIDTH = 270;
const HEIGHT = 150;
const CLASSES = ["genuine", "impostor"] as const;
const SOLID = [1, 0];
const DASHED = [5, 2];

/**
 * Score histograms, one panel per method: each class's share of its trials, and the threshold at
 * the EER.
 */
export function scoreFigure(evaluation: Evaluation): Spec {
  return {
    layout: { columns: 3, padding: { row: 28, column: 28 }, bounds: "full", align: "all" },
    scales: [
      { name: "class", type: "ordinal", domain: [...CLASSES], range: [GENUINE, IMPOSTOR] },
      { name: "dash", type: "ordinal", domain: [...CLASSES], range: [SOLID, DASHED] },
    ],
    legends: [
      {
        fill: "class",
        stroke: "class",
        strokeDash: "dash",
        orient: "bottom",
        direction: "horizontal",
        symbolType: "square",
        symbolOpacity: 0.5,
        encode: { labels: { update: { text: { signal: legendText() } } } },
      },
    ],
    marks: evaluation.scores.map((scores, i) => panel(evaluation, scores, i)),
  };
}

/** A Vega expression that names a class. */
const legendText = () => `datum.value === "genuine" ? "${t("genuine")}" : "${t("impostor")}"`;

/** Names are numbered, because all panels share one namespace. */
function panel(evaluation: Evaluation, { method, scores }: MethodScores, index: number): GroupMark {
  const threshold = evaluation.parts[0].results[index]?.measures?.threshold;
  const bins = `bins${index}`;
  const eer = `eer${index}`;
  const x = `x${index}`;
  const y = `y${index}`;
  return {
    type: "group",
    title: { text: methodName(method), anchor: "start", fontSize: 13 },
    encode: { enter: { width: { value: WIDTH }, height: { value: HEIGHT } } },
    data: [
      { name: bins, values: histogram(evaluation, scores) },
      { name: eer, values: threshold === undefined ? [] : [{ x: threshold }] },
    ],
    scales: [
      { name: x, type: "linear", zero: false, domain: { data: bins, field: "from" }, range: [0, WIDTH] },
      {
        name: y,
        type: "linear",
        zero: true,
        nice: true,
        domain: { data: bins, field: "share" },
        range: [HEIGHT, 0],
      },
    ],
    axes: [
      { scale: x, orient: "bottom", tickCount: 6 },
      { scale: y, orient: "left", tickCount: 4, grid: true, format: "~%" },
    ],
    marks: [histogramMark(`class${index}`, bins, x, y), ...thresholdMarks(eer, x)],
  };
}

const histogramMark = (name: string, bins: string, x: string, y: string): Mark => ({
  type: "group",
  from: { facet: { name, data: bins, groupby: "class" } },
  marks: [
    {
      type: "area",
      from: { data: name },
      encode: {
        enter: {
          interpolate: { value: "step-after" },
          x: { scale: x, field: "from" },
          y: { scale: y, field: "share" },
          y2: { scale: y, value: 0 },
          fill: { scale: "class", field: "class" },
          fillOpacity: { value: 0.3 },
          stroke: { scale: "class", field: "class" },
          strokeDash: { scale: "dash", field: "class" },
          strokeWidth: { value: 1.2 },
        },
      },
    },
  ],
});

const thresholdMarks = (eer: string, x: string): Mark[] => [
  {
    type: "rule",
    from: { data: eer },
    encode: {
      enter: {
        x: { scale: x, field: "x" },
        y: { value: 0 },
        y2: { value: HEIGHT },
        stroke: { value: INK },
      },
    },
  },
  {
    type: "text",
    from: { data: eer },
    encode: {
      enter: {
        x: { scale: x, field: "x", offset: 4 },
        y: { value: 9 },
        text: { value: "EER" },
        fontSize: { value: 10 },
        fill: { value: INK },
      },
    },
  },
];

/**
 * Counts both classes in the same bins, so that their heights compare. An extra bin at the end
 * closes the steps.
 */
function histogram({ trials }: Evaluation, scores: Float64Array) {
  const low = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const width = (high - low || 1) / BINS;
  const binOf = (score: number) => Math.min(BINS - 1, Math.floor((score - low) / width));
  const classes = scoresByClass(trials, scores);
  return CLASSES.flatMap((name) => {
    const members = classes[name];
    const byBin = Map.groupBy(members, binOf);
    return Array.from({ length: BINS + 1 }, (_, bin) => ({
      class: name,
      from: low + bin * width,
      share: (byBin.get(bin)?.length ?? 0) / members.length,
    }));
  });
}
