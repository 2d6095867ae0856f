import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const CHUNK = 262_144;

/** Returns the sha256 of a file as 64 hexadecimal digits. Reads all of it into one small buffer. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(CHUNK);
  const file = await open(path, "r");
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
