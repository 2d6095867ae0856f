import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { call } from "./client.ts";

/** Every key that begins so, page by page. */
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
