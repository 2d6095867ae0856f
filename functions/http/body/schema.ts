import { z } from "@hono/zod-openapi";
import { AppError, type FieldError } from "../../../lib/error.ts";
import {
  type CalibrationId,
  type ClipId,
  type CohortId,
  type DecisionId,
  type GroupId,
  isJobId,
  isKeyId,
  isWebhookId,
  type JobId,
  type KeyId,
  parseGroupId,
  parseSpeakerId,
  type SpeakerId,
  type UploadId,
  type WebhookId,
} from "../../../lib/id.ts";
import { METHODS } from "../../../lib/score/scoring/types.ts";
import { slices } from "../../../lib/slices.ts";

const MAX_ERRORS = 20;

/**
 * Returns the parsed value. Throws `validation-failed` with a JSON pointer (RFC 6901) to each
 * invalid field; the pointers start with `base`.
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, base = ""): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => faults(issue, base)));
}

/**
 * Like `parse` for each element of a long list: lets other requests run in between, and stops after
 * as many invalid fields as an error names.
 */
export async function parseEach<S extends z.ZodType>(
  schema: S,
  values: readonly unknown[],
  base: string,
): Promise<z.output<S>[]> {
  const slice = slices();
  const parsed: z.output<S>[] = [];
  const errors: FieldError[] = [];
  for (const [i, value] of values.entries()) {
    const result = schema.safeParse(value);
    if (result.success) parsed.push(result.data);
    else errors.push(...result.error.issues.flatMap((issue) => faults(issue, `${base}/${i}`)));
    if (errors.length >= MAX_ERRORS) break;
    if (slice.isOver()) await slice.next();
  }
  if (errors.length > 0) throw invalid(errors);
  return parsed;
}

export function invalid(errors: readonly FieldError[]): AppError {
  const reported = errors.slice(0, MAX_ERRORS);
  const detail = reported.map((one) => `${one.pointer || "The request"}: ${one.detail}`).join(" ");
  return new AppError("validation-failed", detail, { errors: reported });
}

function faults(issue: z.core.$ZodIssue, base: string): FieldError[] {
  const at = base + issue.path.map((part) => `/${escapeName(String(part))}`).join("");
  if (issue.code !== "unrecognized_keys") return [{ pointer: at, detail: sentence(issue.message) }];
  return issue.keys.map((key) => ({
    pointer: `${at}/${escapeName(key)}`,
    detail: "This field doesn't exist.",
  }));
}

const escapeName = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** An invalid ID gets the same reply as an unknown one, without a read from the store. */
const EMAIL = /^[^\s@/]{1,128}@[^\s@/]{1,128}$/;

export function speakerIdOf(text: string): SpeakerId {
  const id = parseSpeakerId(text);
  // The most common wrong guess gets a reply that says more than "not found".
  if (!id && EMAIL.test(text))
    throw invalid([
      {
        pointer: "/speaker",
        detail:
          "An email address can't be a speaker ID. An ID has 1 to 128 of the characters A-Z a-z 0-9 _ . - " +
          "and starts with a letter or digit. Use your own key of the person, or a hash.",
      },
    ]);
  if (!id)
    throw new AppError(
      "speaker-not-found",
      "No speaker has this ID. An ID has 1 to 128 of the characters A-Z a-z 0-9 _ . -",
    );
  return id;
}

const isClipId = (text: string): text is ClipId => /^clp_[0-9a-z]{1,64}$/.test(text);

export function clipIdOf(text: string): ClipId {
  if (!isClipId(text)) throw new AppError("clip-not-found", "No clip has this ID.");
  return text;
}

export function groupIdOf(text: string): GroupId {
  const id = parseGroupId(text);
  if (!id)
    throw new AppError(
      "group-not-found",
      "No group has this ID. An ID has 1 to 128 of the characters A-Z a-z 0-9 _ . -",
    );
  return id;
}

const isCalibrationId = (text: string): text is CalibrationId => /^cal_[0-9a-z-]{1,64}$/.test(text);
const isCohortId = (text: string): text is CohortId => /^coh_[0-9a-z_-]{1,64}$/.test(text);
const isDecisionId = (text: string): text is DecisionId => /^dec_[0-9a-z]{1,64}$/.test(text);

const isUploadId = (text: string): text is UploadId => /^upl_[0-9a-z]{1,64}$/.test(text);

export function uploadIdOf(text: string): UploadId {
  if (!isUploadId(text)) throw new AppError("upload-not-found", "No upload has this ID.");
  return text;
}

export function keyIdOf(text: string): KeyId {
  if (!isKeyId(text)) throw new AppError("key-not-found", "No key has this ID.");
  return text;
}

export function webhookIdOf(text: string): WebhookId {
  if (!isWebhookId(text)) throw new AppError("webhook-not-found", "No webhook has this ID.");
  return text;
}

export function jobIdOf(text: string): JobId {
  if (!isJobId(text)) throw new AppError("job-not-found", "No job has this ID.");
  return text;
}

export function calibrationIdOf(text: string): CalibrationId {
  if (!isCalibrationId(text)) throw new AppError("calibration-not-found", "No calibration has this ID.");
  return text;
}

export function cohortIdOf(text: string): CohortId {
  if (!isCohortId(text)) throw new AppError("cohort-not-found", "No cohort has this ID.");
  return text;
}

export function decisionIdOf(text: string): DecisionId {
  if (!isDecisionId(text)) throw new AppError("decision-not-found", "No decision has this ID.");
  return text;
}

// Control characters, and marks that change the direction of the text around them.
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (one) => !HIDDEN.test(one) && one.isWellFormed(),
      "The text contains control or direction characters. Remove them.",
    );

export const Name = text(256);
export const Consent = text(256).describe(
  "A reference to the consent that the speaker gave, such as a document number.",
);
export const KeepAudio = z
  .boolean()
  .describe(
    "False: the recordings are not stored, only their embeddings and quality. By default, the registry's setting " +
      "decides; a request can't store recordings in a registry that doesn't.",
  );
/** An RFC 3339 date or time. `new Date` takes a date as its first moment in UTC. */
export const Moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: "Send a date such as 2031-01-31 or a time such as 2031-01-31T12:00:00Z (RFC 3339).",
});
export const ExpiresAt = Moment.describe(
  "When the speaker expires, as an RFC 3339 date or time in the future. A date is its first moment in UTC. " +
    "Without it, the registry's `speakerDays` after the last enrollment decide.",
);
export const Metadata = z
  .record(text(64), z.string().max(1024))
  .refine((data) => Object.keys(data).length <= 16, "Metadata can have at most 16 keys.")
  .refine(
    (data) => Buffer.byteLength(JSON.stringify(data)) <= 2048,
    "Metadata can have at most 2048 bytes of JSON.",
  );
export const Speaker = z.string();
export const Channel = z
  .int()
  .min(0)
  .max(7)
  .describe("The channel to use, starting at 0. Needed if the channels of the file differ.");
export const Far = z.number().gt(0).lt(1);
export const OperatingPoint = z.strictObject({ far: Far }).meta({
  id: "OperatingPoint",
  description: "The false-accept rate to decide at. The active calibration must have measured it.",
});
export const Scoring = z
  .enum(METHODS)
  .describe("How to score. By default the active calibration chooses between AS-Norm and cosine.");
export const Include = z
  .literal("score")
  .describe(
    "Makes a key without `scores:read` fail with status 403. Without it, the scores are null for that key.",
  );
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "Send 64 hexadecimal digits in lower case.");
export const NoFields = z.strictObject({});
export const PageFields = z.strictObject({
  limit: z.int().min(1).max(1000).optional().describe("The page size. 100 by default."),
  cursor: z.string().optional().describe("`next` of the previous page."),
});
