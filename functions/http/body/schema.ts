import { z } from "@hono/zod-openapi";
import { AppError, type FieldError } from "../../../lib/error.ts";
import {
  type CalibrationId,
  type ClipId,
  type CohortId,
  type DecisionId,
  type GroupId,
  isJobId,
  type JobId,
  parseGroupId,
  parseSpeakerId,
  type SpeakerId,
  type UploadId,
} from "../../../lib/id.ts";
import { METHODS } from "../../../lib/score/scoring/types.ts";

const MAX_ERRORS = 20;

/** The value, or `validation-failed` with a JSON pointer (RFC 6901) to each fault below `base`. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, base = ""): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => faults(issue, base)));
}

export function invalid(errors: readonly FieldError[]): AppError {
  const shown = errors.slice(0, MAX_ERRORS);
  const detail = shown.map((one) => `${one.pointer || "The request"}: ${one.detail}`).join(" ");
  return new AppError("validation-failed", detail, { errors: shown });
}

function faults(issue: z.core.$ZodIssue, base: string): FieldError[] {
  const at = base + issue.path.map((part) => `/${escapeName(String(part))}`).join("");
  if (issue.code !== "unrecognized_keys") return [{ pointer: at, detail: sentence(issue.message) }];
  return issue.keys.map((key) => ({ pointer: `${at}/${escapeName(key)}`, detail: "No such field." }));
}

const escapeName = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Ids outside the pattern name nobody: the same answer as for an unknown one, and no store is asked. */
export function speakerIdOf(text: string): SpeakerId {
  const id = parseSpeakerId(text);
  if (!id)
    throw new AppError("speaker-not-found", "No such speaker: ids are A-Z a-z 0-9 _ . - (128 at most).");
  return id;
}

const isClipId = (text: string): text is ClipId => /^clp_[0-9a-z]{1,64}$/.test(text);

export function clipIdOf(text: string): ClipId {
  if (!isClipId(text)) throw new AppError("clip-not-found", "No such clip.");
  return text;
}

/** Ids outside the pattern name no group. */
export function groupIdOf(text: string): GroupId {
  const id = parseGroupId(text);
  if (!id) throw new AppError("group-not-found", "No such group: ids are A-Z a-z 0-9 _ . - (128 at most).");
  return id;
}

const isCalibrationId = (text: string): text is CalibrationId => /^cal_[0-9a-z-]{1,64}$/.test(text);
const isCohortId = (text: string): text is CohortId => /^coh_[0-9a-z_-]{1,64}$/.test(text);
const isDecisionId = (text: string): text is DecisionId => /^dec_[0-9a-z]{1,64}$/.test(text);

const isUploadId = (text: string): text is UploadId => /^upl_[0-9a-z]{1,64}$/.test(text);

export function uploadIdOf(text: string): UploadId {
  if (!isUploadId(text)) throw new AppError("upload-not-found", "No such upload.");
  return text;
}

export function jobIdOf(text: string): JobId {
  if (!isJobId(text)) throw new AppError("job-not-found", "No such job.");
  return text;
}

export function calibrationIdOf(text: string): CalibrationId {
  if (!isCalibrationId(text)) throw new AppError("calibration-not-found", "No such calibration.");
  return text;
}

export function cohortIdOf(text: string): CohortId {
  if (!isCohortId(text)) throw new AppError("cohort-not-found", "No such cohort.");
  return text;
}

export function decisionIdOf(text: string): DecisionId {
  if (!isDecisionId(text)) throw new AppError("decision-not-found", "No such decision.");
  return text;
}

// Control characters, and marks that turn the direction of what stands around them.
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((one) => !HIDDEN.test(one) && one.isWellFormed(), "Has control or direction characters.");

export const Name = text(256).openapi({ example: "Alice Example" });
export const Consent = text(256).openapi({ description: "Reference to the consent that was given." });
export const Metadata = z
  .record(text(64), z.string().max(1024))
  .refine((data) => Object.keys(data).length <= 16, "Has more than 16 keys.")
  .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= 2048, "Has more than 2048 bytes.")
  .openapi({ example: { team: "support" } });
export const Speaker = z.string().openapi({ example: "alice" });
export const Channel = z
  .int()
  .min(0)
  .max(7)
  .openapi({ description: "Which channel to use, from 0, where channels differ." });
export const Far = z.number().gt(0).lt(1).openapi({ example: 0.01 });
export const OperatingPoint = z
  .strictObject({ far: Far })
  .openapi({ description: "The false-accept rate to decide at; it must have been measured." });
export const Scoring = z
  .enum(METHODS)
  .openapi({ description: "How to score. By default the calibration in force chooses: AS-Norm or cosine." });
export const Include = z
  .literal("score")
  .openapi({ description: "Refuse (403) rather than hide the scores where the key lacks `scores:read`." });
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "Must be 64 hexadecimal digits in lower case.");
export const NoFields = z.strictObject({});
export const PageFields = z.strictObject({
  limit: z.int().min(1).max(1000).optional().openapi({ description: "The page size. 100 by default." }),
  cursor: z.string().optional().openapi({ description: "`next` of the previous page." }),
});
