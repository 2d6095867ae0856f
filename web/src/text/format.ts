import { locale, t } from "./text.ts";

export const number = (value: number, digits = 2): string =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const count = (value: number): string => value.toLocaleString(locale());

export const seconds = (value: number): string => t("unit.seconds", { n: number(value, 1) });

/** An error rate, with as many digits as a rate below 1 % needs. */
export const percent = (rate: number): string =>
  rate.toLocaleString(locale(), { style: "percent", maximumSignificantDigits: 2 });

export const time = (iso: string): string =>
  new Date(iso).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });

export const day = (iso: string): string =>
  new Date(iso).toLocaleDateString(locale(), { dateStyle: "medium", timeZone: "UTC" });
