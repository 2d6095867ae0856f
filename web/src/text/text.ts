import { chineseDetail } from "../../../lib/text/zh.ts";
import { zhTitles } from "../../../lib/text/zh-titles.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

export type Language = "en" | "zh";
export type Key = keyof typeof en;
type Values = Record<string, string | number>;

const STORED = "voiceroll-language";
const texts: Record<Language, Record<Key, string>> = { en, zh };
let language: Language = "en";

export const currentLanguage = (): Language => language;
/** For `Intl`, and for the page's `lang`. */
export const locale = (): string => (language === "zh" ? "zh-CN" : "en-US");

/** The language that was chosen before on this machine, else the browser's. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(STORED) ?? navigator.language;
  return chosen.startsWith("zh") ? "zh" : "en";
}

export function setLanguage(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = locale();
}

export const rememberLanguage = (chosen: Language): void => localStorage.setItem(STORED, chosen);

/** Returns the text of a key with its values in place of `{name}`. */
export function t(key: Key, values: Values = {}): string {
  return texts[language][key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Returns the text of a key made of a prefix and a name that the API sent, or the name itself. */
export function named(prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return Object.hasOwn(en, key) ? t(key as Key) : name;
}

export const hasText = (key: string): key is Key => Object.hasOwn(en, key);

/** Returns what a problem is. The server's own title is in English. */
export function problemTitle(slug: string, title: string): string {
  const key = `problem.${slug}`;
  if (hasText(key)) return t(key);
  const titles: Record<string, string> = zhTitles;
  return (language === "zh" ? titles[slug] : undefined) ?? (title || t("problem.other"));
}

/** What the server says about a problem. A detail without a translation stays in English. */
export const problemDetail = (detail: string): string =>
  language === "zh" ? (chineseDetail(detail) ?? detail) : detail;
