import { AppError } from "../../error.ts";

const THROTTLED = new Set([
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "SlowDown",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);
/** How errors of the deployment's permissions, keys and names begin. The caller can't fix them. */
const REFUSED = [
  "AccessDenied",
  "CredentialsProvider",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "KMS",
  "NoSuchBucket",
  "ResourceNotFound",
  "SignatureDoesNotMatch",
  "UnrecognizedClient",
];
const NETWORK = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ETIMEDOUT",
]);
const HUNG = new Set(["AbortError", "RequestTimeout", "TimeoutError"]);

type ServiceError = Error & { code?: string; $metadata?: { httpStatusCode?: number }; $response?: unknown };

/**
 * Runs one call. An outage of the service becomes `dependency-unavailable`, a timeout becomes
 * `deadline-exceeded`, and other errors pass through.
 */
export async function guardedCall<T>(service: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(service, error);
  }
}

export const isNamed = (error: unknown, name: string): error is Error =>
  error instanceof Error && error.name === name;

function translated(service: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  if (HUNG.has(error.name))
    return new AppError("deadline-exceeded", `${service} did not answer in time. Try again.`, {
      cause: error,
      retryAfterSeconds: 1,
    });
  if (!isOutage(error)) return error;
  return new AppError("dependency-unavailable", `${service} is unavailable. Try again.`, {
    cause: error,
    retryAfterSeconds: THROTTLED.has(error.name) ? 1 : 5,
  });
}

function isOutage(error: ServiceError): boolean {
  const status = error.$metadata?.httpStatusCode ?? 0;
  // A truncated or foreign reply fails to parse. The SDK then attaches the raw reply to the error.
  const unreadable = error instanceof SyntaxError || (error.$metadata === undefined && "$response" in error);
  return (
    status >= 500 ||
    status === 429 ||
    unreadable ||
    THROTTLED.has(error.name) ||
    REFUSED.some((prefix) => error.name.startsWith(prefix)) ||
    NETWORK.has(error.code ?? "")
  );
}
