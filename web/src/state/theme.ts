export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED = "voiceroll-theme";

export const preferredTheme = (): Theme =>
  THEMES.find((one) => one === localStorage.getItem(STORED)) ?? "auto";

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(STORED, theme);
}
