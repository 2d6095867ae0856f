import { expect, test } from "vitest";
import { latoWidths } from "../../../cli/evaluate/report/font.ts";

test("text is as wide as Skia measures it with the same font", () => {
  // measureText of @napi-rs/canvas 1.1.1 at 12 px; none of these texts has a kerning pair.
  expect(12 * latoWidths(400)("AS-Norm")).toBeCloseTo(49.116, 3);
  expect(12 * latoWidths(400)("0.1 %")).toBeCloseTo(28.212, 3);
  expect(12 * latoWidths(700)("genuine")).toBeCloseTo(42.756, 3);
});

test("a character that the font lacks has the width of the replacement glyph", () => {
  expect(12 * latoWidths(400)("語")).toBeCloseTo(6.378, 3);
  expect(latoWidths(400)("")).toBe(0);
});
