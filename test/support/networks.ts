import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";
import type { CatalogEntry } from "../../lib/adapters/models/catalog.ts";

/**
 * The bundled network with another digest: prepends field 6 of ONNX's ModelProto, a description.
 */
export async function otherNetwork(note: string): Promise<Buffer> {
  const { file } = await readModelManifest(BUNDLED_MODEL);
  const text = Buffer.from(note);
  return Buffer.concat([
    Buffer.of((6 << 3) | 2, text.length),
    text,
    await readFile(join(BUNDLED_MODEL, file)),
  ]);
}

/** A manifest of one's own for it. */
export async function draftOf(name: string) {
  const { features, dimension } = await readModelManifest(BUNDLED_MODEL);
  return { name, description: "for tests", license: "none", trainedOn: ["nothing"], dimension, features };
}

export async function entryOf(name: string, bytes: Uint8Array, address: string): Promise<CatalogEntry> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { ...(await draftOf(name)), address, sha256 };
}
