import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ModelManifest } from "../model/manifest.ts";
import type { CatalogEntry } from "./catalog.ts";
import { type DownloadOptions, download } from "./download.ts";
import { installModel, refuseTaken } from "./install.ts";
import { libraryFolder, refused } from "./library.ts";
import { discard } from "./partial.ts";

export type PullOptions = Pick<DownloadOptions, "onProgress" | "patience"> & {
  /** Another address of the same file. */
  from?: string | undefined;
  /** For a file whose publisher states no digest: the one that the caller has checked. */
  acceptDigest?: string | undefined;
};

/**
 * Fetches a model of the catalog into the data folder. Only a file with the stated sha256 is installed. Where none is
 * stated nothing is, until the caller names the digest: the first call tells it and keeps the file for the second.
 */
export async function pullModel(
  data: string,
  entry: CatalogEntry,
  { from, acceptDigest, ...watching }: PullOptions = {},
): Promise<ModelManifest> {
  const { address, bytes: _, ...draft } = entry;
  const expected = expectedDigest(entry, acceptDigest);
  await refuseTaken(data, entry.name);
  const to = join(libraryFolder(data), ".downloads", `${entry.name}.onnx`);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const url = from ?? address;
  await download({ ...watching, url, to, checked: expected !== undefined });
  const actual = await digestOfFile(to);
  if (expected === undefined) throw unchecked(entry, actual);
  if (actual !== expected) {
    await discard(to);
    throw refused(
      `${url} gave a file with sha256 ${actual}; ${entry.name} has ${expected}. Nothing was installed. Either the download was ` +
        "tampered with on the way, or the publisher has changed the file: try again, or take another address with --from.",
    );
  }
  const manifest = await installModel(data, { network: to, draft, beside: dirname(to) });
  await discard(to);
  return manifest;
}

function expectedDigest({ name, sha256 }: CatalogEntry, accepted: string | undefined): string | undefined {
  if (sha256 !== undefined && accepted !== undefined && accepted !== sha256)
    throw refused(
      `The catalog states sha256 ${sha256} for ${name}; no other is accepted. For another file use voiceroll models add.`,
    );
  return sha256 ?? accepted;
}

const unchecked = ({ name, source }: CatalogEntry, actual: string) =>
  refused(
    `No sha256 is known for ${name}; the file that came has ${actual}. Nothing was installed. If that is what the publisher ` +
      `gives out${source ? ` (${source})` : ""}, run: voiceroll models pull ${name} --accept-digest ${actual}`,
  );

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
