import { type Config, parse, type Spec, textMetrics, View } from "vega";
import { latoWidths } from "./font.ts";
import { FONT, INK, RULE } from "./palette.ts";

const CONFIG: Config = {
  background: "#ffffff",
  axis: {
    labelFont: FONT,
    titleFont: FONT,
    labelFontSize: 11,
    titleFontSize: 12,
    labelColor: INK,
    titleColor: INK,
    titleFontWeight: "normal",
    domainColor: "#8894a0",
    tickColor: "#8894a0",
    gridColor: RULE,
    gridOpacity: 0.7,
  },
  legend: { labelFont: FONT, titleFont: FONT, labelFontSize: 12, labelColor: INK, symbolStrokeWidth: 1.8 },
  title: { font: FONT, color: INK, fontWeight: "bold" },
  text: { font: FONT },
};

/** Chinese, which the font lacks: each letter is as wide as it is high, in any font. */
const SQUARE = /[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]/;
const regular = latoWidths(400);
const bold = latoWidths(700);

// Without a canvas Vega only estimates the widths of labels and leaves gaps between them.
textMetrics.width = (item, text) => {
  const ems = item.fontWeight === "bold" ? bold : regular;
  const size = item.fontSize ?? 11;
  const letters = Array.from(String(text ?? item.text));
  const square = letters.filter((letter) => SQUARE.test(letter)).length;
  return (square + ems(letters.filter((letter) => !SQUARE.test(letter)).join(""))) * size;
};

/**
 * Draws a figure as SVG text. English text is the same on every machine: no installed font is used.
 */
export async function draw(spec: Spec): Promise<string> {
  const view = new View(parse({ ...spec, padding: 8 }, CONFIG), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
