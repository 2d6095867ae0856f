import * as z from "zod";

/* What fields of an export's lines look like. */
export const text = (most: number) => z.string().max(most);
export const count = z.int().min(0);
export const Time = z.iso.datetime();
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "is no sha256 (64 hexadecimal digits)");
export const ModelName = z.string().regex(/^mdl_[0-9a-z_-]{1,80}$/, "is no model's id (mdl_...)");
export const CohortName = z.string().regex(/^coh_[0-9a-zA-Z_-]{1,80}$/, "is no cohort's id (coh_...)");
export const CalibrationName = z
  .string()
  .regex(/^cal_[0-9a-zA-Z_-]{1,80}$/, "is no calibration's id (cal_...)");
export const Uid = z.string().regex(/^spk_[0-9a-z]{1,64}$/, "is no speaker's uid (spk_...)");
export const OwnName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "is no id: 1 to 128 letters, digits, '_', '.' and '-'");
/** Its alphabet is checked where it is decoded: a pattern over megabytes would exhaust the regular expression's stack. */
export const Base64 = z.string().meta({ contentEncoding: "base64" });
