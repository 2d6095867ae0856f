/** The title of each slug. functions/http/replies/problem.ts has the statuses. */
export const titles = {
  "audio-invalid-samples": "The audio contains invalid samples",
  "audio-low-quality": "The audio quality is too low to enroll",
  "audio-multiple-speakers": "The clip contains more than one speaker",
  "audio-no-speech": "The clip contains no speech",
  "audio-too-long": "The clip is too long",
  "audio-too-short": "The clip contains too little speech",
  "audio-truncated": "The audio file ends too early",
  "audio-undecodable": "The audio can't be decoded",
  "audio-unsupported-codec": "The audio codec isn't supported",
  "audio-unsupported-container": "The audio container isn't supported",
  "audio-unsupported-layout": "The channel layout isn't supported",
  "audio-unsupported-rate": "The sample rate isn't supported",
  "body-too-large": "The body is too large",
  "calibration-mismatch": "The calibration doesn't match the active model or cohort",
  "calibration-not-found": "No such calibration",
  "candidate-conflict": "The voices can't be the same person",
  "candidate-not-found": "No such candidate voice",
  "challenge-invalid": "The challenge can't be used",
  "challenge-required": "A challenge is required",
  "clip-limit-reached": "The speaker has the maximum number of clips",
  "clip-not-found": "No such clip",
  "cohort-clips-unfit": "Some clips can't be used in a cohort",
  "cohort-mismatch": "The cohort was made with another model",
  "cohort-not-found": "No such cohort",
  "cohort-too-small": "The cohort has too few voices",
  "consent-limit-reached": "The speaker has the most consents",
  "consent-not-found": "No such consent",
  "consent-required": "Consent is required",
  "deadline-exceeded": "The request took too long",
  "decision-not-found": "No such decision",
  "dependency-unavailable": "A required service is unavailable",
  "duplicate-clip": "This clip is already enrolled",
  "embeddings-off": "The registry doesn't exchange embeddings",
  "empty-body": "The body is empty",
  "enrollment-inconsistent": "The clip doesn't sound like the speaker's other clips",
  "file-changed": "The file was replaced while it was read",
  "file-not-allowed": "The service may not read files at this URI",
  "file-not-found": "No readable file at this URI",
  "file-too-large": "The file at this URI is too large",
  "group-not-found": "No such group",
  "headers-too-large": "The request headers are too large",
  "idempotency-in-progress": "A request with this Idempotency-Key is in progress",
  "idempotency-key-invalid": "The Idempotency-Key is invalid",
  "idempotency-key-reused": "The Idempotency-Key was used for a different request",
  "identify-attempts-exhausted": "Too many searches without a match in a row",
  "insufficient-scope": "The API key doesn't have the required scope",
  "internal-error": "Internal error",
  "invalid-cursor": "The cursor is invalid",
  "job-not-found": "No such job",
  "key-not-found": "No such API key",
  "malformed-json": "The JSON is malformed",
  "malformed-multipart": "The multipart body is malformed",
  "method-not-allowed": "The route doesn't allow this method",
  "model-mismatch": "The voiceprint or embedding was made with another model",
  "model-unavailable": "The model is unavailable",
  "not-acceptable": "No acceptable media type",
  "origin-not-allowed": "The registry doesn't accept requests of this web page",
  overloaded: "The service is at capacity",
  "quota-exceeded": "The API key's audio for today is used up",
  "rate-limited": "Too many requests",
  "route-not-found": "No such route",
  "segment-out-of-range": "The recording ends before the segment does",
  "speaker-exists": "The speaker already exists",
  "speaker-expired": "The speaker has expired",
  "speaker-not-enrolled": "The speaker has no clips yet",
  "speaker-not-found": "No such speaker",
  "speaker-opted-out": "The speaker has opted out",
  "storage-unavailable": "Storage is unavailable",
  "tenant-suspended": "The registry is suspended",
  "too-few-trials": "Too few trials to measure error rates",
  unauthorized: "A valid API key is required",
  "unsupported-content-encoding": "The content encoding isn't supported",
  "unsupported-media-type": "The media type isn't supported",
  "upgrade-required": "The route is a WebSocket",
  "upload-changed": "The uploaded file was replaced while it was read",
  "upload-checksum-mismatch": "The uploaded file doesn't match its announced size or checksum",
  "upload-consumed": "The upload has already been used",
  "upload-expired": "The upload has expired",
  "upload-incomplete": "The file hasn't arrived yet",
  "upload-not-found": "No such upload",
  "uri-too-long": "The URL is too long",
  "validation-failed": "The request is invalid",
  "verify-attempts-exhausted": "Too many failed verifications in a row",
  "version-mismatch": "The speaker has changed since it was read",
  "webhook-limit-reached": "The registry has the maximum number of webhooks",
  "webhook-not-found": "No such webhook",
  "write-contention": "Too many concurrent writes",
} as const satisfies Record<string, string>;

export type Slug = keyof typeof titles;

export type FieldError = { pointer: string; detail: string };

type AppErrorOptions = {
  cause?: unknown;
  /** The invalid fields, for `validation-failed`. `pointer` is a JSON pointer into the request. */
  errors?: readonly FieldError[];
  /** Sent as Retry-After. */
  retryAfterSeconds?: number;
};

/**
 * A failure that the caller can expect and act on. `detail` tells a person what is wrong and what
 * to do.
 */
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

/** For work that is refused because the server has as much as it can do. */
export const overloaded = (): AppError =>
  new AppError("overloaded", "The service is at capacity. Try again in a second.", { retryAfterSeconds: 1 });
