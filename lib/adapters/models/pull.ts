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
  /** Another URL of the same file. */
  from?: string | undefined;
  /** The digest that the caller has checked, for a file without a published one. */
  acceptDigest?: string | undefined;
};

/**
 * Downloads a model of the catalog and installs it. Installs only a file with the stated SHA-256
 * digest. If the catalog states none, the first call keeps the file and rejects with its digest,
 * and a second call that accepts it installs it.
 */
export async function pullModel(
  data: string,
  entry: CatalogEntry,
  { from, acceptDigest, ...downloadOptions }: PullOptions = {},
): Promise<ModelManifest> {
  const { address, bytes: _, partsFolder, ...draft } = entry;
  const expected = expectedDigest(entry, acceptDigest);
  await refuseTaken(data, entry.name);
  const to = join(libraryFolder(data), ".downloads", `${entry.name}.onnx`);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const url = from ?? address;
  await download({ ...downloadOptions, url, to, checked: expected !== undefined });
  const actual = await digestOfFile(to);
  if (expected === undefined) throw unchecked(entry, actual);
  if (actual !== expected) {
    await discard(to);
    throw refused(
      `The file from ${url} has sha256 ${actual}, but ${entry.name} has ${expected}. Nothing was ` +
        "installed. Either the file was changed on the way, or the publisher has replaced it. Try again, " +
        "or use another URL with --from.",
    );
  }
  const manifest = await installModel(data, { network: to, draft, partsFolder: partsFolder ?? dirname(to) });
  await discard(to);
  return manifest;
}

function expectedDigest({ name, sha256 }: CatalogEntry, accepted: string | undefined): string | undefined {
  if (sha256 !== undefined && accepted !== undefined && accepted !== sha256)
    throw refused(
      `The catalog states sha256 ${sha256} for ${name} and no other is accepted. To install another file, ` +
        "use voiceroll models add.",
    );
  return sha256 ?? accepted;
}

const unchecked = ({ name, source }: CatalogEntry, actual: string) =>
  refused(
    `The catalog has no sha256 for ${name}. The downloaded file has ${actual}. Nothing was installed. If ` +
      `the publisher states the same digest${source ? ` (${source})` : ""}, run: ` +
      `voiceroll models pull ${name} --accept-digest ${actual}`,
  );

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
