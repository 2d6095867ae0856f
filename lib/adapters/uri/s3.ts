import { S3Client } from "@aws-sdk/client-s3";
import { AppError } from "../../error.ts";
import type { UriBytes, UriRange } from "../../ports/uri-file.ts";
import type { Clock } from "../../ports/world.ts";
import { readObject } from "../aws/blobs.ts";
import { CLIENT_OPTIONS } from "../aws/client.ts";
import { isNamed } from "../aws/failures.ts";
import { localCopy } from "../shared/local-copy.ts";
import { changed, notFound, type Place } from "../shared/uri-files.ts";

/** `s3://BUCKET/KEY`. Keys are used as they are: `%20` is no space. */
const URI = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.{1,1024})$/su;
/** S3 knows no folders, but what is between this service and S3 might resolve these. */
const DOTS = /(^|\/)\.{1,2}(\/|$)/;
/** How errors begin that say that this object can't be read, rather than that S3 can't be. */
const UNREADABLE = ["AccessDenied", "AllAccessDisabled", "InvalidObjectState", "KMS", "NoSuchBucket"];

/** Buckets can be in other regions than this service. The environment has the credentials. */
export const s3UriClient = (): S3Client => new S3Client({ ...CLIENT_OPTIONS, followRegionRedirects: true });

/**
 * The objects under a prefix.
 *
 * prefix  `s3://BUCKET/` or `s3://BUCKET/FOLDER/`
 */
export function objectsUnder(prefix: string, client: S3Client, clock: Clock): Place {
  const read = (uri: string, range: UriRange) => readRange(client, uri, range);
  return {
    holds: (uri) => uri.startsWith(prefix) && partsOf(uri) !== undefined,
    read,
    async copy(uri, version) {
      const copy = await localCopy((from, to) => read(uri, { from, to, version }), clock.now());
      if (!copy) throw changed();
      return copy;
    },
  };
}

function partsOf(uri: string): { Bucket: string; Key: string } | undefined {
  const [, Bucket, Key] = URI.exec(uri) ?? [];
  return Bucket === undefined || Key === undefined || DOTS.test(Key) ? undefined : { Bucket, Key };
}

async function readRange(client: S3Client, uri: string, { from, to, version }: UriRange): Promise<UriBytes> {
  const place = partsOf(uri);
  if (!place) throw new RangeError("a URI without a bucket and a key");
  const ifMatch = version === undefined ? {} : { IfMatch: version };
  const which = { ...place, Range: `bytes=${from}-${to - 1}`, ...ifMatch };
  const found = await readObject(client, which, to - from).catch((error) => {
    // An empty object has no range.
    if (isNamed(error, "InvalidRange")) return { bytes: new Uint8Array(0), size: 0, etag: "" };
    throw isUnreadable(error) ? notFound(error) : error;
  });
  if (!found) throw version === undefined ? notFound() : changed();
  return { bytes: found.bytes, size: found.size, version: found.etag };
}

/** The call has made an outage of S3 out of some of them, which the operator has to mend. */
function isUnreadable(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Error && UNREADABLE.some((one) => cause.name.startsWith(one));
}
