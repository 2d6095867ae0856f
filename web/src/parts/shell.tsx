import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { SECTIONS } from "../pages/pages.tsx";
import { useConsole } from "../state/context.ts";
import { linkTo } from "../state/route.ts";
import { type Language, t } from "../text/text.ts";
import { Icon } from "./icon.tsx";
import { LanguageChoice, ThemeChoice } from "./preferences.tsx";

type Props = {
  route: readonly string[];
  language: Language;
  onLanguage(language: Language): void;
  onSignOut(): void;
  children: ComponentChildren;
};

/** The navigation around every page. */
export function Shell({ route, language, onLanguage, onSignOut, children }: Props) {
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const path = route.join("/");
  const first = useRef(true);
  useLayoutEffect(() => {
    setOpen(false);
    // Screen readers continue at the new page. The first page has the browser's own focus.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [path]);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t("nav.skip")}
      </button>
      <header class="bar">
        <a class="brand" href={linkTo("try")}>
          <img src="/console/icon.svg" alt="" width="28" height="28" /> Voiceroll
        </a>
        <button
          type="button"
          class="quiet icon-only"
          aria-expanded={open}
          aria-controls="nav"
          aria-label={t("nav.menu")}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "close" : "menu"} />
        </button>
      </header>
      <nav id="nav" class={open ? "side open" : "side"} aria-label={t("nav.label")}>
        {SECTIONS.map((sections, i) => (
          <ul key={i}>
            {sections.map((name) => (
              <li key={name}>
                <a href={linkTo(name)} aria-current={(route[0] ?? "try") === name ? "page" : undefined}>
                  <Icon name={name} /> {t(`nav.${name}`)}
                </a>
              </li>
            ))}
          </ul>
        ))}
        <div class="preferences">
          <LanguageChoice language={language} onLanguage={onLanguage} />
          <ThemeChoice />
          <a href="/docs">{t("nav.reference")}</a>
          <button type="button" class="quiet" onClick={onSignOut}>
            <Icon name="out" /> {t("nav.sign-out")}
          </button>
        </div>
      </nav>
      <main id="main" class="page" ref={main} tabIndex={-1}>
        <CalibrationBanner hidden={route[0] === "calibration"} />
        {children}
      </main>
    </div>
  );
}

/** Thresholds that come with the model were measured on other people's voices. */
function CalibrationBanner({ hidden }: { hidden: boolean }) {
  const { calibration } = useConsole();
  if (hidden || !calibration?.bundled) return null;
  return (
    <p class="banner">
      <Icon name="warning" />
      <span>
        {t("banner.bundled")} <a href={linkTo("calibration")}>{t("banner.calibrate")}</a>
      </span>
    </p>
  );
}
