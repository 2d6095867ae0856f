import { ListObjectsV2Command, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { call } from "./client.ts";

/** Returns every key with this prefix. */
export async function keysUnder(client: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let from: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket,
      Prefix,
      ...(from ? { ContinuationToken: from } : {}),
    });
    const page = await call("S3", (abortSignal) => client.send(command, { abortSignal }));
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    from = page.NextContinuationToken;
  } while (from);
  return keys;
}

/** Returns every version and every delete marker of the keys with this prefix. */
export async function versionsUnder(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): Promise<{ Key: string; VersionId: string | undefined }[]> {
  const versions: { Key: string; VersionId: string | undefined }[] = [];
  let from = {};
  for (let more = true; more; ) {
    const command = new ListObjectVersionsCommand({ Bucket, Prefix, ...from });
    const page = await call("S3", (abortSignal) => client.send(command, { abortSignal }));
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
      if (Key !== undefined) versions.push({ Key, VersionId });
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    more = page.IsTruncated === true && page.NextKeyMarker !== undefined;
  }
  return versions;
}

/** Whether an object, or this version of it, exists. Rejects if that can't be listed. */
export async function isListed(
  client: S3Client,
  {
    Bucket,
    Key,
    VersionId,
  }: { Bucket?: string | undefined; Key?: string | undefined; VersionId?: string | undefined },
): Promise<boolean> {
  if (Bucket === undefined || Key === undefined) throw new RangeError("no bucket and key");
  if (VersionId !== undefined)
    return (await versionsUnder(client, Bucket, Key)).some(
      (one) => one.Key === Key && one.VersionId === VersionId,
    );
  // Keys are listed in order, so the key itself comes before longer ones.
  const command = new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 });
  const { Contents = [] } = await call("S3", (abortSignal) => client.send(command, { abortSignal }));
  return Contents[0]?.Key === Key;
}
