import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import { type Config, parse, type Spec, textMetrics, View } from "vega";
import { FONT, INK, RULE } from "./palette.ts";

const require = createRequire(import.meta.url);
const LATO = join(dirname(require.resolve("@fontsource/lato/package.json")), "files");
export const fontFile = (weight: 400 | 700) => join(LATO, `lato-latin-${weight}-normal.woff2`);

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

const PNG_SCALE = 2;

/** The picture as SVG text and as PNG of twice the size, both with the shipped font's widths: no font need be installed. */
export async function draw(spec: Spec): Promise<{ svg: string; png: Buffer }> {
  useFont();
  const view = new View(parse({ ...spec, padding: 8 }, CONFIG), { renderer: "none" });
  await view.runAsync();
  const svg = await view.toSVG();
  const png = await pngOf(view, svg);
  view.finalize();
  return { svg, png };
}

/** The SVG says how large the whole picture is, axes and legend included. */
async function pngOf(view: View, svg: string): Promise<Buffer> {
  const [width, height] = ["width", "height"].map((side) =>
    Math.ceil(Number(new RegExp(`<svg[^>]* ${side}="([\\d.]+)"`).exec(svg)?.[1]) * PNG_SCALE),
  );
  const canvas = createCanvas(width, height);
  await view.toCanvas(PNG_SCALE, { externalContext: canvas.getContext("2d") });
  return canvas.encode("png");
}

let ready = false;

function useFont(): void {
  if (ready) return;
  ready = true;
  for (const weight of [400, 700] as const) GlobalFonts.registerFromPath(fontFile(weight), "Lato");
  const context = createCanvas(1, 1).getContext("2d");
  textMetrics.width = (item, text) => {
    context.font = `${item.fontWeight ?? "normal"} ${item.fontSize ?? 11}px Lato`;
    return context.measureText(String(text ?? item.text)).width;
  };
}
