import type { MeasuredMethod } from "../methods.ts";

/** Okabe and Ito's colours, told apart with any colour vision; a dash pattern each, so that colour is not needed. */
export const LOOKS: Record<MeasuredMethod, { colour: string; dash: readonly number[] }> = {
  cosine: { colour: "#000000", dash: [1, 0] },
  "z-norm": { colour: "#b26a00", dash: [8, 3] },
  "t-norm": { colour: "#007a5a", dash: [2, 2] },
  "s-norm": { colour: "#a8447c", dash: [8, 3, 2, 3] },
  "as-norm": { colour: "#0072b2", dash: [1, 0] },
  given: { colour: "#0072b2", dash: [1, 0] },
};

export const GENUINE = "#0072b2";
export const IMPOSTOR = "#d55e00";
export const INK = "#1f2933";
export const RULE = "#d5dbe1";
export const FONT = "Lato, 'Helvetica Neue', Arial, sans-serif";
