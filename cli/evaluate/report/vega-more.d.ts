import "vega";

/**
 * Vega exports these (vega-scenegraph's util/text.js, vega-statistics' normal.js), but its types
 * lack them.
 */
declare module "vega" {
  type TextItem = { text?: unknown; fontSize?: number; fontWeight?: string | number };
  export const textMetrics: { width(item: TextItem, text?: unknown): number };
  /** Returns the normal deviate below which a share p of a standard normal distribution lies. */
  export function quantileNormal(p: number): number;
}
