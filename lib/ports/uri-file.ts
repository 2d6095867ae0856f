import type { FileCopy } from "./upload.ts";

/** Which bytes of a file: `from` to `to`, without `to`. At the end of the file there are fewer. */
export type UriRange = {
  from: number;
  to: number;
  /** Undefined: the version that is there now. */
  version?: string | undefined;
};

/** `size`: bytes of the whole file. `version`: another one once the file has changed. */
export type UriBytes = { bytes: Uint8Array; size: number; version: string };

/**
 * Files that the service reads where they are: at `s3://BUCKET/KEY` or `file:///PATH`, under the
 * prefixes that the operator allows. Every method throws `file-not-allowed` for any other URI.
 * Reading throws
 *
 * - `file-not-found` if there is no such file, or the service may not read it. S3 doesn't always
 *   tell which.
 * - `file-changed` if the file isn't this version any more.
 */
export type UriFiles = {
  /** Reads nothing. */
  check(uri: string): void;
  read(uri: string, range: UriRange): Promise<UriBytes>;
  /** A copy of this version on the local disk, of which little is in memory at a time. */
  copy(uri: string, version: string): Promise<FileCopy>;
};
