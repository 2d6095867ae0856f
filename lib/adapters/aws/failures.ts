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
/** Rights, keys and names: the deployment's, not the caller's. */
const REFUSED =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|InvalidAccessKeyId|InvalidClientTokenId|KMS|NoSuchBucket|ResourceNotFound|SignatureDoesNotMatch|UnrecognizedClient)/;
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
 * Runs one call; what the service under it refuses for now becomes `dependency-unavailable`, what outlasts its deadline
 * `deadline-exceeded`, and the rest stays as it is.
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
    return new AppError("deadline-exceeded", `${service} did not answer in time; try again.`, {
      cause: error,
      retryAfterSeconds: 1,
    });
  if (!isOutage(error)) return error;
  return new AppError("dependency-unavailable", `${service} cannot be used now; try again.`, {
    cause: error,
    retryAfterSeconds: THROTTLED.has(error.name) ? 1 : 5,
  });
}

function isOutage(error: ServiceError): boolean {
  const status = error.$metadata?.httpStatusCode ?? 0;
  // A reply that was cut off or is no reply of the service's fails to parse; the SDK hangs the raw reply on the error.
  const unreadable = error instanceof SyntaxError || (error.$metadata === undefined && "$response" in error);
  return (
    status >= 500 ||
    status === 429 ||
    unreadable ||
    THROTTLED.has(error.name) ||
    REFUSED.test(error.name) ||
    NETWORK.has(error.code ?? "")
  );
}
