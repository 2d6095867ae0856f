import { METHOD_NAMES, type MeasuredMethod } from "../../../lib/evaluate/methods.ts";
import { t } from "../../text/language.ts";

/** Methods have the same names in all languages. */
export const methodName = (method: MeasuredMethod): string =>
  method === "given" ? t`Given scores` : METHOD_NAMES[method];
