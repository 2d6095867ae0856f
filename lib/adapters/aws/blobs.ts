import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { AppError } from "../../error.ts";
import { call, timeFor } from "./client.ts";
import { isNamed } from "./failures.ts";
import { isListed, versionsUnder } from "./listing.ts";
import { putParts } from "./multipart.ts";

/** Put only over this version of the object. null: only if there is none */
type Expected = { etag: string | null };

/** Objects under keys that this service makes. */
export type Blobs = {
  /**
   * Durable when it resolves. Resolves to false if the object is not, or no longer, as `expected`.
   *
   * context: encrypts the object with a KMS data key of its own, bound to these names and values
   */
  put(
    key: string,
    bytes: Uint8Array,
    expected?: Expected,
    context?: Readonly<Record<string, string>>,
  ): Promise<false | { version: string | undefined }>;
  /** Without a version: the latest. Undefined if the object, or this version of it, is absent. */
  get(key: string, version?: string): Promise<{ bytes: Uint8Array; etag: string } | undefined>;
  /** Bytes from..to of the latest version. Undefined if the object is absent or shorter. */
  range(key: string, from: number, to: number): Promise<Uint8Array | undefined>;
  /**
   * Writes an object of any size, and returns its size. Nothing is readable before it resolves.
   * Keeps two parts of 8 MiB in memory.
   */
  putParts(key: string, bytes: AsyncIterable<Uint8Array>): Promise<number>;
  /** Whether `get` would return bytes. */
  has(key: string, version?: string): Promise<boolean>;
  /** The latest version. Undefined if the object is absent or was deleted. */
  latest(key: string): Promise<{ version: string | undefined } | undefined>;
  /** Removes every version. Does nothing if there is none. */
  remove(key: string): Promise<void>;
  /** Removes every version of every key with this prefix, including deleted objects. */
  removeUnder(prefix: string): Promise<void>;
};

/** Errors of a conditional put that lost against another writer. */
const OVERTAKEN = new Set(["ConditionalRequestConflict", "PreconditionFailed"]);

export function s3Blobs(client: S3Client, Bucket: string, kmsKeyId?: string): Blobs {
  const s3 = <T>(send: (abortSignal: AbortSignal) => Promise<T>) => call("S3", send);
  const sealed = kmsKeyId
    ? ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: true } as const)
    : {};
  const objectAt = (Key: string, VersionId: string | undefined) => ({
    Bucket,
    Key,
    ...(VersionId ? { VersionId } : {}),
  });
  const removeWhere = async (prefix: string, matches: (key: string) => boolean) => {
    for (const { Key, VersionId } of await versionsUnder(client, Bucket, prefix))
      if (matches(Key))
        await s3((abortSignal) =>
          client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }), { abortSignal }),
        );
  };
  return {
    async put(Key, Body, expected, context) {
      const condition = !expected
        ? {}
        : expected.etag === null
          ? { IfNoneMatch: "*" }
          : { IfMatch: expected.etag };
      const command = new PutObjectCommand({
        ...{
          Bucket,
          Key,
          Body,
          ...sealed,
          ...(kmsKeyId && context ? ownDataKey(context) : {}),
          ...condition,
        },
        ChecksumAlgorithm: "SHA256",
      });
      try {
        return { version: versionIn(await s3((abortSignal) => client.send(command, { abortSignal }))) };
      } catch (error) {
        if (error instanceof Error && OVERTAKEN.has(error.name)) return false;
        throw error;
      }
    },
    async range(key, from, to) {
      const found = await readObject(
        client,
        { Bucket, Key: key, Range: `bytes=${from}-${to - 1}` },
        to - from,
      );
      return found?.bytes.length === to - from ? found.bytes : undefined;
    },
    putParts: (key, bytes) => putParts(client, { Bucket, Key: key, ...sealed }, bytes),
    get: (key, version) => readObject(client, objectAt(key, version)),
    has: async (key, version) => (await headObject(client, objectAt(key, version))) !== undefined,
    async latest(key) {
      const found = await headObject(client, objectAt(key, undefined));
      return found && { version: versionIn(found) };
    },
    remove: (key) => removeWhere(key, (found) => found === key),
    removeUnder: (prefix) => removeWhere(prefix, () => true),
  };
}

/** With a bucket key, S3 would use the bucket as the encryption context. */
const ownDataKey = (context: Readonly<Record<string, string>>) => ({
  BucketKeyEnabled: false,
  SSEKMSEncryptionContext: Buffer.from(JSON.stringify(context)).toString("base64"),
});

/** Undefined if the bucket keeps no versions. */
export const versionIn = ({ VersionId }: { VersionId?: string | undefined }): string | undefined =>
  VersionId === "null" ? undefined : VersionId;

/**
 * Undefined if the object, or the requested version of it, is absent. `size`: bytes of the whole
 * object, of which `bytes` may be a range.
 *
 * bytes: how many to expect, if they are many
 */
export const readObject = (client: S3Client, which: GetObjectCommandInput, bytes = 0) => {
  // The checksum of an object isn't that of a range.
  const command = new GetObjectCommand({ ...which, ...(which.Range ? {} : { ChecksumMode: "ENABLED" }) });
  return unlessGone(client, which, () =>
    // Read the body within the call: it can hang or break off too.
    call(
      "S3",
      async (abortSignal) => {
        const { Body, ...found } = await client.send(command, { abortSignal, ...timeFor(bytes) });
        const read = await Body?.transformToByteArray();
        const size = Number(found.ContentRange?.split("/")[1] ?? read?.length);
        return read && { bytes: read, size, etag: found.ETag ?? "", version: versionIn(found) };
      },
      bytes,
    ),
  );
};

/** Undefined if the object is absent. */
export const headObject = (client: S3Client, which: HeadObjectCommandInput) => {
  const command = new HeadObjectCommand(which);
  return unlessGone(client, which, () => call("S3", (abortSignal) => client.send(command, { abortSignal })));
};

const GONE = ["NotFound", "NoSuchKey", "NoSuchVersion", "PreconditionFailed"];

async function unlessGone<T>(
  client: S3Client,
  which: GetObjectCommandInput | HeadObjectCommandInput,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (GONE.some((name) => isNamed(error, name))) return undefined;
    // Roles can list only below prefixes, and then S3 also answers 403 for what doesn't exist.
    if (isForbidden(error) && (await isAbsent(client, which))) return undefined;
    throw error;
  }
}

/** False if this role can't list it. */
const isAbsent = (
  client: S3Client,
  which: GetObjectCommandInput | HeadObjectCommandInput,
): Promise<boolean> =>
  isListed(client, which).then(
    (listed) => !listed,
    () => false,
  );

function isForbidden(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  const { $metadata } = (cause ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 403;
}
