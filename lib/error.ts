/** Every slug that a reply can carry, with its title. Statuses stand in functions/http/replies/problem.ts. */
export const titles = {
  "audio-invalid-samples": "The audio holds samples that are not sound",
  "audio-low-quality": "The audio is too poor to enroll",
  "audio-multiple-speakers": "More than one speaker in the clip",
  "audio-no-speech": "No speech in the clip",
  "audio-too-long": "The clip is too long",
  "audio-too-short": "Too little speech in the clip",
  "audio-truncated": "The audio file ends too early",
  "audio-undecodable": "The audio cannot be decoded",
  "audio-unsupported-codec": "The audio codec is not supported",
  "audio-unsupported-container": "The audio container is not supported",
  "audio-unsupported-layout": "The channel layout is not supported",
  "audio-unsupported-rate": "The sample rate is not supported",
  "body-too-large": "The body is too large",
  "calibration-mismatch": "The calibration does not fit what is active",
  "calibration-not-found": "No such calibration",
  "clip-limit-reached": "The speaker has as many clips as it may have",
  "clip-not-found": "No such clip",
  "cohort-clips-unfit": "Clips cannot stand in a cohort",
  "cohort-mismatch": "The cohort belongs to another model",
  "cohort-not-found": "No such cohort",
  "cohort-too-small": "Too few voices for a cohort",
  "consent-required": "Consent is required",
  "deadline-exceeded": "The request took too long",
  "decision-not-found": "No such decision",
  "dependency-unavailable": "A service that this one needs is not available",
  "duplicate-clip": "This clip is already enrolled",
  "empty-body": "The body is empty",
  "enrollment-inconsistent": "The clip is unlike the speaker's other clips",
  "group-not-found": "No such group",
  "headers-too-large": "The request's headers are too large",
  "idempotency-in-progress": "A request with this key is being worked on",
  "idempotency-key-invalid": "The Idempotency-Key is invalid",
  "idempotency-key-reused": "The Idempotency-Key was used for another request",
  "insufficient-scope": "The key lacks a scope",
  "internal-error": "Something went wrong here",
  "invalid-cursor": "The cursor is invalid",
  "job-not-found": "No such job",
  "malformed-json": "The JSON is malformed",
  "malformed-multipart": "The multipart body is malformed",
  "method-not-allowed": "The method is not allowed here",
  "model-mismatch": "The voiceprint was made by another model",
  "model-unavailable": "The model is not available",
  "not-acceptable": "No acceptable representation",
  overloaded: "The service is at capacity",
  "rate-limited": "Too many requests",
  "route-not-found": "No such route",
  "speaker-locked": "The speaker is locked",
  "speaker-not-enrolled": "The speaker has no clips yet",
  "speaker-not-found": "No such speaker",
  "speaker-opted-out": "The speaker has opted out",
  "storage-unavailable": "The store is not available",
  "tenant-suspended": "The registry is suspended",
  "too-few-trials": "Too few trials to measure error rates",
  unauthorized: "A valid API key is required",
  "unsupported-content-encoding": "The content encoding is not supported",
  "unsupported-media-type": "The media type is not supported",
  "upload-changed": "The uploaded file was replaced meanwhile",
  "upload-checksum-mismatch": "The uploaded file is not the one that was announced",
  "upload-consumed": "The upload has been used",
  "upload-expired": "The upload's time is over",
  "upload-incomplete": "The file has not arrived yet",
  "upload-not-found": "No such upload",
  "uri-too-long": "The address is too long",
  "validation-failed": "The request is not valid",
  "verify-attempts-exhausted": "Too many failed verifications in a row",
  "version-mismatch": "The speaker has changed meanwhile",
  "write-contention": "Too many writers at once",
} as const satisfies Record<string, string>;

export type Slug = keyof typeof titles;

export type FieldError = { pointer: string; detail: string };

export type AppErrorOptions = {
  cause?: unknown;
  /** JSON pointers into the request, for `validation-failed`. */
  errors?: readonly FieldError[];
  /** Seconds, becomes Retry-After. */
  retryAfterSeconds?: number;
};

/** An expected outcome that is not a success. `detail` is a sentence for a person that says what to do. */
export class AppError extends Error {
  readonly slug: Slug;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(slug: Slug, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = "AppError";
    this.slug = slug;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
