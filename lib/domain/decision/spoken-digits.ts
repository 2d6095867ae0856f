import type { CHALLENGE_LANGUAGES } from "../../schema/challenge.ts";

type Language = (typeof CHALLENGE_LANGUAGES)[number];

const WORDS: Readonly<Record<Language, readonly string[]>> = {
  en: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
  zh: ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"],
};

/** Other words and characters for the same digits. */
const VARIANTS: Readonly<Record<string, number>> = {
  oh: 0,
  o: 0,
  niner: 9,
  〇: 0,
  "○": 0,
  幺: 1,
  两: 2,
  兩: 2,
};

/** What recognizers write in place of a digit that sounds the same. */
const HOMOPHONES: Readonly<Record<string, number>> = {
  won: 1,
  to: 2,
  too: 2,
  tree: 3,
  for: 4,
  fore: 4,
  ate: 8,
  nein: 9,
};

const STRICT: ReadonlyMap<string, number> = new Map([
  ...Object.values(WORDS).flatMap((words) => words.map((word, digit) => [word, digit] as const)),
  ...Object.entries(VARIANTS),
]);
const LENIENT: ReadonlyMap<string, number> = new Map([...STRICT, ...Object.entries(HOMOPHONES)]);

/** Latin words, digits one by one, and other characters one by one. */
const PIECES = /[a-z]+|\p{N}|\p{L}|○/gu;

/** The digits as a person reads them: `four seven one`, `四七一`. digits: characters 0 to 9 */
export const spokenText = (digits: string, language: Language): string =>
  [...digits].map((digit) => WORDS[language][Number(digit)]).join(language === "zh" ? "" : " ");

/**
 * Whether a recognizer's transcript contains exactly these digits, in figures or in English or
 * Chinese words. Other words count for nothing. Where a word could be a digit that sounds the same
 * (`for`), either reading may match.
 */
export function saysDigits(transcript: string, digits: string): boolean {
  const pieces = transcript.normalize("NFKC").toLowerCase().match(PIECES) ?? [];
  return [STRICT, LENIENT].some((words) => pieces.map((piece) => digitOf(piece, words)).join("") === digits);
}

const digitOf = (piece: string, words: ReadonlyMap<string, number>): number | string =>
  /^[0-9]$/.test(piece) ? piece : (words.get(piece) ?? "");
