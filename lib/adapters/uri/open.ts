import type { UriFiles } from "../../ports/uri-file.ts";
import type { Clock } from "../../ports/world.ts";
import { uriFiles } from "../shared/uri-files.ts";
import { systemClock } from "../shared/world.ts";
import { filesUnder } from "./file.ts";

/**
 * The files under these prefixes: `s3://BUCKET/FOLDER/` or `file:///FOLDER/`. The SDK is loaded
 * only for S3.
 */
export async function openUriFiles(
  prefixes: readonly string[],
  { clock = systemClock }: { clock?: Clock } = {},
): Promise<UriFiles> {
  const ofS3 = prefixes.filter((one) => one.startsWith("s3:"));
  const ofFiles = prefixes.filter((one) => one.startsWith("file:")).map((one) => filesUnder(one, clock));
  if (ofS3.length === 0) return uriFiles(ofFiles);
  const { objectsUnder, s3UriClient } = await import("./s3.ts");
  const client = s3UriClient();
  return uriFiles([...ofFiles, ...ofS3.map((one) => objectsUnder(one, client, clock))]);
}
