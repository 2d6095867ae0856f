import { filled, translator } from "../../lib/text/translate.ts";
import type { Lang } from "../options.ts";
import { ZH } from "./zh.ts";

/** Set once, before the first text. A process runs one command in one language. */
let language: Lang = "en";

export const speak = (lang: Lang): void => {
  language = lang;
};

export const isChinese = (): boolean => language === "zh";

/** Finds the language before the command line is parsed, since the help is in that language. */
export function languageOf(argv: readonly string[]): Lang {
  const at = argv.findLastIndex((text) => text === "--lang" || text.startsWith("--lang="));
  const value = argv[at] === "--lang" ? argv[at + 1] : argv[at]?.slice("--lang=".length);
  return value === "zh" ? "zh" : "en";
}

/**
 * Returns a text in the language of this process. Use it as a tag (t`${n} speakers`), or with `{}`
 * in place of each value: t("{} speakers", n). The English text is the key of the Chinese one.
 */
export function t(text: TemplateStringsArray | string, ...values: readonly (number | string)[]): string {
  const key = typeof text === "string" ? text : text.join("{}");
  return filled((isChinese() ? ZH[key] : undefined) ?? key, values.map(String));
}

/** The Chinese text of one that is already complete, such as an error's, if there is one. */
export const chineseOf = translator(ZH);

/** Returns a complete text in the language of this process. */
export const translated = (text: string): string => (isChinese() ? (chineseOf(text) ?? text) : text);
