import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme, preferredTheme } from "./state/theme.ts";
import { preferredLanguage, setLanguage } from "./text/text.ts";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/charts.css";
import "./style/pages.css";

setLanguage(preferredLanguage());
applyTheme(preferredTheme());
const place = document.getElementById("console");
if (place) render(<App />, place);
