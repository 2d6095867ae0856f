import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { audioExtensions } from "../lib/audio/formats/formats.ts";
import type { CohortClip } from "../lib/domain/cohort/clips.ts";
import { badInput, readInput } from "../lib/input-file.ts";
import { readClip } from "./clip-file.ts";

export type FileClip = CohortClip & { path: string };

/**
 * Returns the recordings of folders and lists with their voices.
 *
 * folder  every recording in it and its subfolders, sorted by path. The recordings of one
 *         subfolder, of any depth, are one voice. Each recording directly in the folder is a voice
 *         of its own.
 * list    lines `path`, `path<TAB>voice` or `path<TAB>voice<TAB>language`. Paths are relative to
 *         `root`, or to the list without it. A line without a voice is a voice of its own. Empty
 *         lines and lines that start with # are skipped.
 * channel of every recording, counting from 0. Undefined: they must be mono, or as `toMono16k` says
 */
export async function clipsIn(
  sources: readonly string[],
  root: string | undefined,
  channel?: number,
): Promise<readonly FileClip[]> {
  const clips: FileClip[] = [];
  for (const source of sources) {
    const kind = await stat(source).catch(() => undefined);
    clips.push(
      ...(kind?.isDirectory() ? await folderClips(source, channel) : await listClips(source, root, channel)),
    );
  }
  return clips;
}

/** Returns the files in the folders that `clipsIn` skips: they don't have an audio extension. */
export async function skippedFilesIn(sources: readonly string[]): Promise<string[]> {
  const skipped: string[] = [];
  for (const source of sources) {
    const kind = await stat(source).catch(() => undefined);
    if (kind?.isDirectory()) skipped.push(...(await filesIn(source)).filter((path) => !isRecording(path)));
  }
  return skipped;
}

/** Sorted by path. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .sort();
}

const isRecording = (path: string): boolean => audioExtensions.includes(extname(path).toLowerCase());

async function folderClips(folder: string, channel: number | undefined): Promise<FileClip[]> {
  const paths = (await filesIn(folder)).filter(isRecording);
  if (paths.length === 0)
    throw badInput(
      `${folder}: The folder and its subfolders have no recordings (${audioExtensions.join(", ")}).`,
    );
  return paths.map((path) => {
    const subfolder = dirname(relative(folder, path));
    const voice = subfolder === "." ? undefined : `${basename(folder)}/${subfolder.split(sep).join("/")}`;
    return { label: path, path, voice, read: () => readClip(path, channel) };
  });
}

async function listClips(list: string, root = dirname(list), channel?: number): Promise<FileClip[]> {
  const lines = (await readInput(list)).toString("utf8").split(/\r?\n/);
  const clips = lines.flatMap((content, i): FileClip[] => {
    if (content.trim() === "" || content.startsWith("#")) return [];
    const where = `${list}:${i + 1}`;
    const [path, voice, language, ...more] = content.split("\t").map((field) => field.trim());
    if (more.length > 0 || !path)
      throw badInput(`${where}: Write \`path\`, \`path<TAB>voice\` or \`path<TAB>voice<TAB>language\`.`);
    const full = resolve(root, path);
    const read = () => readClip(full, channel);
    return [
      {
        label: `${where}: ${path}`,
        path: full,
        voice: voice || undefined,
        language: language || undefined,
        read,
      },
    ];
  });
  if (clips.length === 0) throw badInput(`${list}: The list has no recordings.`);
  const missing: string[] = [];
  for (const { path, label } of clips) await stat(path).catch(() => missing.push(label));
  const [first, ...more] = missing;
  if (first)
    throw badInput(
      `${first}: There is no such file in ${root}. ` +
        `${more.length > 0 ? `${more.length} more files are missing. ` : ""}` +
        "Use --root to name the folder that paths start from.",
    );
  return clips;
}
