import { dirname } from "node:path";
import { AppError } from "../../error.ts";

/** The connection broke or the server was too busy; the download can be retried. */
export class Interrupted extends Error {}

type Place = { url: string; to: string };

/** What to do about a failed status. */
export const ADVICE: Record<number, string> = {
  401: "The server requires a login: download the file with a browser, then run voiceroll models add.",
  403: "The server may require a login: download the file with a browser, then run voiceroll models add.",
  404: "The file is gone: use another URL with --from, or get the file elsewhere and run voiceroll models add.",
  410: "The file is gone: use another URL with --from, or get the file elsewhere and run voiceroll models add.",
};

/**
 * Converts network and disk errors to errors that a person can act on; returns other errors
 * unchanged.
 */
export function readable(error: unknown, { url, to }: Place): unknown {
  if (error instanceof AppError) return error;
  if (isDiskFull(error)) return diskFull(to, undefined);
  if (!(error instanceof TypeError)) return error;
  return new AppError(
    "dependency-unavailable",
    `Can't connect to ${new URL(url).host} (${codeOf(error)}). ${NO_NETWORK}`,
    {
      cause: error,
    },
  );
}

const NO_NETWORK =
  "Check the network connection. Behind a proxy, set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY. Without a " +
  "network, copy the file from another machine and run voiceroll models add.";

export function gaveUp(cause: Error, { url }: Place): AppError {
  const host = new URL(url).host;
  const detail = `The download from ${host} failed: ${cause.message}. Run the command again to resume the download.`;
  return new AppError("dependency-unavailable", detail, { cause });
}

export function diskFull(to: string, missing: number | undefined): AppError {
  const needed = missing === undefined ? "" : ` (${Math.ceil(missing / 1e6)} MB needed)`;
  return new AppError(
    "storage-unavailable",
    `The disk with ${dirname(to)} is full${needed}. Free some space and run the command again to resume ` +
      "the download.",
  );
}

export const isDiskFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes(codeOf(error));

/** Returns the system's error code, which fetch wraps in another error. */
export function codeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
}
