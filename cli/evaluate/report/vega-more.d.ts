import "vega";

/** Exported by Vega (vega-scenegraph's util/text.js, vega-statistics' normal.js), missing from its types. */
declare module "vega" {
  type TextItem = { text?: unknown; fontSize?: number; fontWeight?: string | number };
  export const textMetrics: { width(item: TextItem, text?: unknown): number };
  /** Normal deviate below which a share p of a standard normal distribution lies. */
  export function quantileNormal(p: number): number;
}
