import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { audioExtensions } from "../lib/audio/formats/formats.ts";
import type { CohortClip } from "../lib/domain/cohort/clips.ts";
import { badInput, readInput } from "../lib/input-file.ts";
import { readClip } from "./clip-file.ts";

/**
 * Recordings with their voices, from folders and lists.
 *
 * folder  every recording below it, in order of name; those of one subfolder (of whatever depth) are one voice, those in
 *         the folder itself a voice each
 * list    lines `path`, `path<TAB>voice` or `path<TAB>voice<TAB>language`; paths are relative to `root`, else to the list;
 *         lines of one voice are one voice, lines without one a voice each; empty lines and lines with # are not read
 */
export async function clipsIn(
  sources: readonly string[],
  root: string | undefined,
): Promise<readonly CohortClip[]> {
  const clips: CohortClip[] = [];
  for (const source of sources) {
    const kind = await stat(source).catch(() => undefined);
    clips.push(...(kind?.isDirectory() ? await folderClips(source) : await listClips(source, root)));
  }
  return clips;
}

async function folderClips(folder: string): Promise<CohortClip[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((one) => one.isFile() && audioExtensions.includes(extname(one.name).toLowerCase()))
    .map((one) => join(one.parentPath, one.name))
    .sort();
  if (paths.length === 0)
    throw badInput(
      `${folder}: holds no recording (${audioExtensions.join(", ")}), in no folder below either.`,
    );
  return paths.map((path) => {
    const place = dirname(relative(folder, path));
    const voice = place === "." ? undefined : `${basename(folder)}/${place.split(sep).join("/")}`;
    return { label: path, voice, read: () => readClip(path, undefined) };
  });
}

async function listClips(list: string, root = dirname(list)): Promise<CohortClip[]> {
  const lines = (await readInput(list)).toString("utf8").split(/\r?\n/);
  const clips = lines.flatMap((content, i): (CohortClip & { path: string })[] => {
    if (content.trim() === "" || content.startsWith("#")) return [];
    const where = `${list}:${i + 1}`;
    const [path, voice, language, ...more] = content.split("\t").map((field) => field.trim());
    if (more.length > 0 || path === "")
      throw badInput(`${where}: is no \`path\`, \`path<TAB>voice\` or \`path<TAB>voice<TAB>language\`.`);
    const full = resolve(root, path);
    const read = () => readClip(full, undefined);
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
  if (clips.length === 0) throw badInput(`${list}: names no recording.`);
  const absent: string[] = [];
  for (const { path, label } of clips) await stat(path).catch(() => absent.push(label));
  if (absent.length > 0)
    throw badInput(
      `${absent[0]}: there is no such file in ${root}${absent.length > 1 ? `, nor ${absent.length - 1} more` : ""}; --root names another folder.`,
    );
  return clips;
}
