import { dirname } from "node:path";
import { AppError } from "../../error.ts";

/** The connection broke, or the server was too busy: worth another attempt. */
export class Interrupted extends Error {}

type Place = { url: string; to: string };

/** What to do about a status that is no file. */
export const ADVICE: Record<number, string> = {
  401: "It wants a login: fetch the file with a browser, then voiceroll models add.",
  403: "It may not be had without a login: fetch the file with a browser, then voiceroll models add.",
  404: "The file is not there any more: take another address with --from, or fetch it elsewhere and voiceroll models add.",
  410: "The file is not there any more: take another address with --from, or fetch it elsewhere and voiceroll models add.",
};

/** What the network or the disk said, for a person; anything else stays the defect that it is. */
export function readable(error: unknown, { url, to }: Place): unknown {
  if (error instanceof AppError) return error;
  if (isDiskFull(error)) return diskFull(to, undefined);
  if (!(error instanceof TypeError)) return error;
  return new AppError(
    "dependency-unavailable",
    `${new URL(url).host} cannot be reached (${codeOf(error)}). ${NO_NETWORK}`,
    {
      cause: error,
    },
  );
}

const NO_NETWORK =
  "Is this machine on the network? Behind a proxy, set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY. Where there is none, " +
  "fetch the file elsewhere and voiceroll models add.";

export function gaveUp(cause: Error, { url }: Place): AppError {
  const detail = `The download from ${new URL(url).host} did not get through: ${cause.message}. Run it again: it goes on from there.`;
  return new AppError("dependency-unavailable", detail, { cause });
}

export function diskFull(to: string, missing: number | undefined): AppError {
  const much = missing === undefined ? "" : `; ${Math.ceil(missing / 1e6)} MB are needed`;
  return new AppError(
    "storage-unavailable",
    `The disk under ${dirname(to)} is full${much}. Make room and run it again: what has come is kept.`,
  );
}

export const isDiskFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes(codeOf(error));

/** fetch wraps what the system said. */
export function codeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
}
