import { useState } from "preact/hooks";
import { applyTheme, preferredTheme, THEMES } from "../state/theme.ts";
import { type Language, t } from "../text/text.ts";

export function LanguageChoice({
  language,
  onLanguage,
}: {
  language: Language;
  onLanguage(language: Language): void;
}) {
  return (
    <label class="choice">
      <span>{t("nav.language")}</span>
      <select
        value={language}
        onChange={({ currentTarget }) => onLanguage(currentTarget.value === "zh" ? "zh" : "en")}
      >
        <option value="en" lang="en">
          English
        </option>
        <option value="zh" lang="zh">
          中文
        </option>
      </select>
    </label>
  );
}

export function ThemeChoice() {
  const [theme, setTheme] = useState(preferredTheme);
  const choose = (name: string) => {
    const chosen = THEMES.find((one) => one === name) ?? "auto";
    applyTheme(chosen);
    setTheme(chosen);
  };
  return (
    <label class="choice">
      <span>{t("nav.theme")}</span>
      <select value={theme} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {t(`theme.${one}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
