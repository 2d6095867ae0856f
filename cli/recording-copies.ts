import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "commander";
import { CLIP } from "../lib/audio/limits.ts";
import type { ClipInput } from "../lib/audio/types.ts";
import { AppError } from "../lib/error.ts";
import { badInput } from "../lib/input-file.ts";
import type { Embedder } from "../lib/ports/model.ts";
import { clipOf, readRecording } from "./clip-file.ts";

/** A folder with a copy of the objects whose URIs start with `uri`. */
export type Copy = { uri: string; folder: string };

/** Parses `s3://bucket/prefix=folder`. */
export function copyOption(text: string, before: readonly Copy[] = []): Copy[] {
  const [, uri, folder] = /^(s3:\/\/[^=]+)=(.+)$/.exec(text) ?? [];
  if (uri === undefined || folder === undefined)
    throw new InvalidArgumentError("Use a URI and a folder, e.g. s3://calls=./calls.");
  return [...before, { uri: uri.replace(/\/*$/, "/"), folder }];
}

/**
 * Returns the file that a manifest's URI stands for: the copy of an S3 object, a `file:` URL, or a
 * path that starts at the manifest's folder. Throws `validation-failed` for an object without a
 * copy.
 */
export function fileOf(uri: string, manifest: string, copies: readonly Copy[]): string {
  if (uri.startsWith("file:")) return fileURLToPath(uri);
  if (!uri.startsWith("s3:")) return resolve(dirname(manifest), uri);
  const copy = copies.find((one) => uri.startsWith(one.uri));
  const bucket = uri.split("/").slice(0, 3).join("/");
  if (!copy) throw badInput(`${uri}: Copy the bucket into a folder, and name both: --copy ${bucket}=FOLDER.`);
  const path = join(copy.folder, uri.slice(copy.uri.length));
  if (relative(copy.folder, path).startsWith("..")) throw badInput(`${uri}: The path leaves the folder.`);
  return path;
}

/**
 * Reads a clip. Of a recording that is longer than a clip may be, takes the first part with so many
 * seconds of speech. Rejects with `validation-failed` if the file can't be read.
 */
export async function readStart(
  embedder: Embedder,
  path: string,
  { channel, speechSeconds }: { channel: number | undefined; speechSeconds: number },
): Promise<ClipInput> {
  const file = await readRecording(path, channel === undefined ? {} : { channel });
  const { recording } = file;
  const isShort = "bytes" in recording && (await secondsOf(embedder, recording)) <= CLIP.maxSeconds;
  return clipOf(embedder, isShort ? file : { ...file, piece: { firstSpeechSeconds: speechSeconds } });
}

const secondsOf = (embedder: Embedder, clip: ClipInput): Promise<number> =>
  embedder.seconds(clip).catch((error: unknown) => {
    if (error instanceof AppError && error.slug === "audio-too-long") return Number.POSITIVE_INFINITY;
    throw error;
  });
