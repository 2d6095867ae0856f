import type { MeasuredMethod } from "../../../lib/evaluate/methods.ts";

/**
 * Colors that all kinds of color vision can distinguish (Okabe and Ito), and dash patterns for
 * print.
 */
export const LOOKS: Record<MeasuredMethod, { color: string; dash: readonly number[] }> = {
  cosine: { color: "#000000", dash: [1, 0] },
  "z-norm": { color: "#b26a00", dash: [8, 3] },
  "t-norm": { color: "#007a5a", dash: [2, 2] },
  "s-norm": { color: "#a8447c", dash: [8, 3, 2, 3] },
  "as-norm": { color: "#0072b2", dash: [1, 0] },
  given: { color: "#0072b2", dash: [1, 0] },
};

export const GENUINE = "#0072b2";
export const IMPOSTOR = "#d55e00";
export const INK = "#1f2933";
export const RULE = "#d5dbe1";
export const FONT = "Lato, 'Helvetica Neue', Arial, sans-serif";
