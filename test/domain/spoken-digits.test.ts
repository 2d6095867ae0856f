import fc from "fast-check";
import { expect, test } from "vitest";
import { saysDigits, spokenText } from "../../lib/domain/decision/spoken-digits.ts";
import { CHALLENGE_LANGUAGES } from "../../lib/schema/challenge.ts";

test.each([
  ["471903", "471903"],
  ["4 7 1 9 0 3.", "471903"],
  ["Four, seven, one, nine, zero, three!", "471903"],
  ["my code is four seven one nine oh three", "471903"],
  ["４７１９０３", "471903"],
  ["四七一九零三", "471903"],
  ["我的数字是四七幺九〇三。", "471903"],
  ["四 7 one 九 zero 3", "471903"],
  ["for seven won nine zero tree", "471903"],
  ["it is for you: four two", "42"],
])("%j says %s", (transcript, digits) => {
  expect(saysDigits(transcript, digits)).toBe(true);
});

test.each([
  ["", "471903"],
  ["47190", "471903"],
  ["4719033", "471903"],
  ["371904", "471903"],
  ["four seventy one nine zero three", "471903"],
  ["please verify me", "471903"],
])("%j doesn't say %s", (transcript, digits) => {
  expect(saysDigits(transcript, digits)).toBe(false);
});

test("digits in the words to say are found again, and no other digits are", () => {
  const digits = fc.stringMatching(/^[0-9]{4,12}$/);
  fc.assert(
    fc.property(digits, digits, fc.constantFrom(...CHALLENGE_LANGUAGES), (asked, others, language) => {
      expect(saysDigits(spokenText(asked, language), asked)).toBe(true);
      expect(saysDigits(spokenText(others, language), asked)).toBe(others === asked);
    }),
  );
});
