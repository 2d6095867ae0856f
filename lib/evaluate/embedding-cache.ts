import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readModelManifest, vadFolderOf } from "../adapters/model/manifest.ts";
import type { ClipInput } from "../audio/types.ts";
import { readInput } from "../input-file.ts";
import type { ClipEmbedding, Embedder, EmbedOptions } from "../ports/model.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { sha256Of } from "../sha256.ts";
import { clipHashes } from "./clip-hashes.ts";

/** The part of an embedder's result that building and measuring use. */
export type EmbeddedClip = Pick<ClipEmbedding, "embedding" | "quality"> &
  Partial<Pick<ClipEmbedding, "windows">>;
/** `evenWithoutSpeech`: as `voiceroll evaluate` embeds clips in which no speech was detected. */
export type EmbedClip = (clip: ClipInput, options?: EmbedOptions) => Promise<EmbeddedClip>;
/** Embeds the file at a path. */
export type EmbedFile = (path: string, options?: EmbedOptions) => Promise<EmbeddedClip>;

const AUDIO = join(import.meta.dirname, "../audio");
const NETWORKS = join(import.meta.dirname, "../adapters/model");

/**
 * Returns an embedding function that keeps its results in a folder. The key covers the clip's
 * bytes, the networks, the manifest's settings and the code between them, so a cached result equals
 * a new one bit for bit.
 *
 * model  the folder of the embedder's model
 * cache  the folder for results; undefined: nothing is kept
 */
export async function cachedEmbed(
  embedder: Pick<Embedder, "embed">,
  model: string,
  cache: string | undefined,
): Promise<EmbedClip> {
  if (cache === undefined) return (clip, options) => embedder.embed(clip, options);
  const cached = await openCache(embedder, model, cache);
  return (clip, options) => cached(sha256Of(clip.bytes), async () => clip, options);
}

/** Like `cachedEmbed`, for files. Those that haven't changed and are in the cache aren't read. */
export async function cachedEmbedFile(
  embedder: Pick<Embedder, "embed">,
  model: string,
  cache: string | undefined,
): Promise<EmbedFile> {
  if (cache === undefined) return readsFile((clip, options) => embedder.embed(clip, options));
  const cached = await openCache(embedder, model, cache);
  const { hashOf } = await clipHashes(cache);
  return async (path, options) =>
    cached(await hashOf(path), async () => ({ bytes: await readInput(path) }), options);
}

/** Embeds files, each of which is read. */
export const readsFile =
  (embedClip: EmbedClip): EmbedFile =>
  async (path, options) =>
    embedClip({ bytes: await readInput(path) }, options);

/** Returns a function of a clip's SHA-256. `read` returns the clip if it isn't in the cache. */
async function openCache(embedder: Pick<Embedder, "embed">, model: string, cache: string) {
  const folder = join(cache, (await recipeDigest(model)).slice(0, 32));
  await mkdir(folder, { recursive: true });
  return async (
    sha256: string,
    read: () => Promise<ClipInput>,
    options?: EmbedOptions,
  ): Promise<EmbeddedClip> => {
    const path = join(folder, sha256 + suffixOf(options));
    // An unreadable file, such as one that a power cut left empty, counts as a miss.
    const cached = await readFile(path, "utf8")
      .then(parse)
      .catch(() => undefined);
    if (cached !== undefined) return cached;
    const { embedding, quality, windows } = await embedder.embed(await read(), options);
    await writeFile(`${path}.${process.pid}`, text({ embedding, quality, windows }));
    await rename(`${path}.${process.pid}`, path);
    return { embedding, quality, windows };
  };
}

/** Hashes everything that turns a clip's bytes into its embedding. */
async function recipeDigest(model: string): Promise<string> {
  const manifest = await readModelManifest(model);
  const { sha256, features, minSpeechSeconds, mean, input, output } = manifest;
  const audio = (await readdir(AUDIO, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  const files = [
    ...["vad.json", "vad.onnx"].map((name) => join(vadFolderOf(model, manifest), name)),
    ...["embed-clip.ts", "network.ts", "windows.ts"].map((name) => join(NETWORKS, name)),
    ...audio.map((name) => join(AUDIO, name)),
  ];
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ sha256, features, minSpeechSeconds, mean, input, output }));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex");
}

function suffixOf({ evenWithoutSpeech, windows }: EmbedOptions = {}): string {
  return (evenWithoutSpeech ? "-even-without-speech" : "") + (windows ? "-windows" : "");
}

function text({ embedding, quality, windows }: EmbeddedClip): string {
  const stored = windows && { ...windows, embeddings: windows.embeddings.map(toText) };
  return JSON.stringify({ embedding: embedding && toText(embedding), quality, windows: stored });
}

function parse(json: string): EmbeddedClip {
  const { embedding, quality, windows } = JSON.parse(json);
  const read = windows && { ...windows, embeddings: windows.embeddings.map(fromText) };
  return { embedding: embedding && fromText(embedding), quality, windows: read };
}

const toText = ({ buffer, byteOffset, byteLength }: UnitVector): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

/** Doesn't normalize again: dividing by a length of almost 1 would change the last bits. */
const fromText = (base64: string): UnitVector =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer) as UnitVector;
