import { type Catalog, translator } from "./translate.ts";
import audio from "./zh/audio.json" with { type: "json" };
import problems from "./zh/problems.json" with { type: "json" };
import requests from "./zh/requests.json" with { type: "json" };

/** What problems say in their details, in Chinese, for the command line and the console. */
export const ZH_PROBLEMS: Catalog = { ...audio, ...problems, ...requests };

/** Translates the detail of a problem, if it is known. */
export const chineseDetail = translator(ZH_PROBLEMS);
