import * as z from "zod";

/* Schemas of the fields in an export's lines. */
export const text = (most: number) => z.string().max(most);
export const count = z.int().min(0);
export const Time = z.iso.datetime();
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "is not a sha256 (64 hexadecimal digits)");
export const ModelName = z.string().regex(/^mdl_[0-9a-z_-]{1,80}$/, "is not a model id (mdl_...)");
export const CohortName = z.string().regex(/^coh_[0-9a-zA-Z_-]{1,80}$/, "is not a cohort id (coh_...)");
export const CalibrationName = z
  .string()
  .regex(/^cal_[0-9a-zA-Z_-]{1,80}$/, "is not a calibration id (cal_...)");
export const Uid = z.string().regex(/^spk_[0-9a-z]{1,64}$/, "is not a speaker uid (spk_...)");
export const OwnName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
    "is not an id: use 1 to 128 letters, digits, '_', '.' and '-'",
  );
/** The decoder checks the alphabet: a regular expression would run out of stack on megabytes. */
export const Base64 = z.string().meta({ contentEncoding: "base64" });
