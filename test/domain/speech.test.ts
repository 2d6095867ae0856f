import { expect, test } from "vitest";
import { roundedDown, roundedUp } from "../../lib/domain/scoring/speech.ts";

test("seconds of speech are rounded down, so a clip that is too short never shows the minimum", () => {
  expect(roundedDown(1.97)).toBe("1.9");
  expect(roundedDown(2)).toBe("2.0");
  expect(roundedDown(0.29, 2)).toBe("0.29");
  expect(roundedDown(-0.01)).toBe("-0.1");
});

test("missing seconds are rounded up, so recording as many is enough", () => {
  expect(roundedUp(4.01)).toBe("4.1");
  expect(roundedUp(0.3)).toBe("0.3");
});
