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

const regular = latoWidths(400);
const bold = latoWidths(700);

// Without a canvas Vega only estimates the widths of labels and leaves gaps between them.
textMetrics.width = (item, text) => {
  const ems = item.fontWeight === "bold" ? bold : regular;
  return ems(String(text ?? item.text)) * (item.fontSize ?? 11);
};

/** Draws a figure as SVG text. The text is the same on every machine: no installed font is used. */
export async function draw(spec: Spec): Promise<string> {
  const view = new View(parse({ ...spec, padding: 8 }, CONFIG), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
