import type { Catalog } from "../../lib/text/translate.ts";
import { ZH_PROBLEMS } from "../../lib/text/zh.ts";
import commandErrors from "./zh/command-errors.json" with { type: "json" };
import help from "./zh/help.json" with { type: "json" };
import report from "./zh/report.json" with { type: "json" };
import results from "./zh/results.json" with { type: "json" };

/** The Chinese texts of the command line. */
export const ZH: Catalog = { ...ZH_PROBLEMS, ...commandErrors, ...help, ...report, ...results };
