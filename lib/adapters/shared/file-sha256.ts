import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

const CHUNK = 1_048_576;

/** Returns the sha256 of a file as 64 hexadecimal digits, with one chunk in memory at a time. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: CHUNK }), hash);
  return hash.digest("hex");
}
