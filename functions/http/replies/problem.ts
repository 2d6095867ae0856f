import { STATUS_CODES } from "node:http";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError, type FieldError, type Slug, titles } from "../../../lib/error.ts";
import type { Trace } from "../env.ts";

/** The status of each slug, as in docs/bad-input.md. */
export const statuses = {
  "audio-invalid-samples": 422,
  "audio-low-quality": 422,
  "audio-multiple-speakers": 422,
  "audio-no-speech": 422,
  "audio-too-long": 413,
  "audio-too-short": 422,
  "audio-truncated": 422,
  "audio-undecodable": 422,
  "audio-unsupported-codec": 415,
  "audio-unsupported-container": 415,
  "audio-unsupported-layout": 422,
  "audio-unsupported-rate": 422,
  "body-too-large": 413,
  "calibration-mismatch": 409,
  "calibration-not-found": 404,
  "candidate-conflict": 409,
  "candidate-not-found": 404,
  "challenge-invalid": 409,
  "challenge-required": 422,
  "clip-limit-reached": 409,
  "clip-not-found": 404,
  "cohort-clips-unfit": 422,
  "cohort-mismatch": 409,
  "cohort-not-found": 404,
  "cohort-too-small": 422,
  "consent-limit-reached": 409,
  "consent-not-found": 404,
  "consent-required": 422,
  "deadline-exceeded": 504,
  "decision-not-found": 404,
  "dependency-unavailable": 503,
  "duplicate-clip": 409,
  "embeddings-off": 403,
  "empty-body": 400,
  "enrollment-inconsistent": 409,
  "file-changed": 409,
  "file-not-allowed": 403,
  "file-not-found": 404,
  "file-too-large": 413,
  "group-not-found": 404,
  "headers-too-large": 431,
  "idempotency-in-progress": 409,
  "idempotency-key-invalid": 400,
  "idempotency-key-reused": 422,
  "identify-attempts-exhausted": 429,
  "insufficient-scope": 403,
  "internal-error": 500,
  "invalid-cursor": 400,
  "job-not-found": 404,
  "key-not-found": 404,
  "malformed-json": 400,
  "malformed-multipart": 400,
  "method-not-allowed": 405,
  "model-mismatch": 409,
  "model-unavailable": 503,
  "not-acceptable": 406,
  "origin-not-allowed": 403,
  overloaded: 503,
  "quota-exceeded": 429,
  "rate-limited": 429,
  "route-not-found": 404,
  "segment-out-of-range": 422,
  "speaker-exists": 409,
  "speaker-expired": 409,
  "speaker-not-enrolled": 409,
  "speaker-not-found": 404,
  "speaker-opted-out": 409,
  "storage-unavailable": 503,
  "tenant-suspended": 403,
  "too-few-trials": 422,
  unauthorized: 401,
  "unsupported-content-encoding": 415,
  "unsupported-media-type": 415,
  "upgrade-required": 426,
  "upload-changed": 409,
  "upload-checksum-mismatch": 422,
  "upload-consumed": 409,
  "upload-expired": 410,
  "upload-incomplete": 409,
  "upload-not-found": 404,
  "uri-too-long": 414,
  "validation-failed": 422,
  "verify-attempts-exhausted": 429,
  "version-mismatch": 412,
  "webhook-limit-reached": 409,
  "webhook-not-found": 404,
  "write-contention": 409,
} as const satisfies Record<Slug, ContentfulStatusCode>;

export const MEDIA_TYPE = "application/problem+json";
export const typeOf = (slug: Slug): string => `urn:voiceroll:problem:${slug}`;
/** The page that explains a problem. */
export const helpPath = (slug: Slug): string => `/problems/${slug}`;
/** The Link header of a problem reply: `type` is a name, which can't be followed. */
export const helpLink = (slug: Slug): string => `<${helpPath(slug)}>; rel="help"`;

/** The wait for slugs whose AppError doesn't set one. */
const RETRY_AFTER_SECONDS: Partial<Record<Slug, number>> = {
  "dependency-unavailable": 5,
  "idempotency-in-progress": 1,
  "model-unavailable": 30,
  overloaded: 1,
  "storage-unavailable": 5,
  "write-contention": 1,
};

type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The ID of the request, as in X-Request-Id. */
  instance: string;
  errors?: readonly FieldError[];
};

/** Returns a problem reply (RFC 9457). An unexpected error becomes a 500 without any details. */
export function problem(trace: Trace, error: unknown) {
  if (error instanceof HTTPException) return plain(trace, error.status);
  const known = error instanceof AppError ? error : internal(error);
  const { slug, errors, message: detail } = known;
  const status = statuses[slug];
  trace.slug = slug;
  if (status >= 500) trace.error = error;
  const wait = known.retryAfterSeconds ?? RETRY_AFTER_SECONDS[slug];
  const headers = {
    "Content-Type": MEDIA_TYPE,
    Link: helpLink(slug),
    ...(wait === undefined ? {} : { "Retry-After": String(Math.max(1, Math.ceil(wait))) }),
    ...(slug === "unauthorized" ? { "WWW-Authenticate": "Bearer" } : {}),
  };
  const body = { type: typeOf(slug), title: titles[slug], status, detail, instance: trace.requestId };
  return { status, headers, body: textOf(errors.length > 0 ? { ...body, errors } : body) };
}

const internal = (cause: unknown) =>
  new AppError(
    "internal-error",
    "An unexpected error occurred. The service's log has the details under the ID of this request.",
    {
      cause,
    },
  );

/** An error of HTTP itself has no slug. Its type is "about:blank" (RFC 9457, section 4.2.1). */
function plain({ requestId }: Trace, status: ContentfulStatusCode) {
  const title = STATUS_CODES[status] ?? "Error";
  const body = { type: "about:blank", title, status, detail: `${title}.`, instance: requestId };
  return { status, headers: { "Content-Type": MEDIA_TYPE }, body: textOf(body) };
}

const textOf = (body: ProblemBody): string => JSON.stringify(body);
