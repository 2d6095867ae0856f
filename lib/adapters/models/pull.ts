import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ModelManifest } from "../model/manifest.ts";
import type { PartManifest } from "../model/part.ts";
import type { CatalogEntry, PartEntry } from "./catalog.ts";
import { type DownloadOptions, download } from "./download.ts";
import { installModel, refuseTaken } from "./install.ts";
import { libraryFolder, refused } from "./library.ts";
import { discard } from "./partial.ts";
import { installPart } from "./parts.ts";

export type PullOptions = Pick<DownloadOptions, "onProgress" | "patience"> & {
  /** Another URL of the same file, or a path to it on this machine. */
  from?: string | undefined;
  /** The digest that the caller has checked, for a file without a published one. */
  acceptDigest?: string | undefined;
};

/** Downloads a model of the catalog and installs it; see `pulled`. */
export function pullModel(
  data: string,
  entry: CatalogEntry,
  options: PullOptions = {},
): Promise<ModelManifest> {
  const { address, toGetIt, bytes, recommendedFor, kind, partsFolder, ...draft } = entry;
  return pulled(data, entry, options, (network) =>
    installModel(data, { network, draft, partsFolder: partsFolder ?? dirname(network) }),
  );
}

/** Downloads a part of the catalog and installs it; see `pulled`. */
export function pullPart(data: string, entry: PartEntry, options: PullOptions = {}): Promise<PartManifest> {
  const { address, toGetIt, bytes, recommendedFor, ...draft } = entry;
  return pulled(data, entry, options, (network) => installPart(data, { network, draft }));
}

/**
 * Installs only a file with the stated SHA-256 digest. If the catalog states none, the first call
 * keeps the file and rejects with its digest, and a second call that accepts it installs it.
 */
async function pulled<Manifest>(
  data: string,
  entry: CatalogEntry | PartEntry,
  { from, acceptDigest, ...downloadOptions }: PullOptions,
  install: (network: string) => Promise<Manifest>,
): Promise<Manifest> {
  const { address, toGetIt } = entry;
  const expected = expectedDigest(entry, acceptDigest);
  await refuseTaken(data, entry.name);
  const to = join(libraryFolder(data), ".downloads", `${entry.name}.onnx`);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const url = from ?? address;
  if (url === undefined) throw withoutAddress(entry.name, toGetIt);
  if (isUrl(url)) await download({ ...downloadOptions, url, to, checked: expected !== undefined });
  else await copyFrom(url, to);
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
  const manifest = await install(to);
  await discard(to);
  return manifest;
}

type Named = Pick<PartEntry, "name" | "sha256" | "source">;

const isUrl = (from: string): boolean => /^https?:\/\//.test(from);

const withoutAddress = (name: string, toGetIt = "Its publisher has no ONNX file") =>
  refused(
    `${name} can't be downloaded from here. ${toGetIt}. Then run: voiceroll models pull ${name} --from FILE`,
  );

async function copyFrom(path: string, to: string): Promise<void> {
  await copyFile(path, to).catch((error: NodeJS.ErrnoException) => {
    throw refused(`${path} can't be read (${error.code ?? error.message}). --from takes a URL or a file.`);
  });
}

function expectedDigest({ name, sha256 }: Named, accepted: string | undefined): string | undefined {
  if (sha256 !== undefined && accepted !== undefined && accepted !== sha256)
    throw refused(
      `The catalog states sha256 ${sha256} for ${name} and no other is accepted. To install another file, ` +
        "use voiceroll models add.",
    );
  return sha256 ?? accepted;
}

const unchecked = ({ name, source }: Named, actual: string) =>
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
