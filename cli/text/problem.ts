import type { Slug } from "../../lib/error.ts";
import { zhTitles } from "../../lib/text/zh-titles.ts";
import { chineseOf, isChinese } from "./language.ts";

/**
 * Returns what a problem says, in the language of this process. Details that quote something else,
 * such as the message of a library, are added to the problem's Chinese title as they are.
 */
export function problemText(slug: Slug, detail: string): string {
  if (!isChinese()) return detail;
  return chineseOf(detail) ?? `${zhTitles[slug]}（${detail}）`;
}
