import { readFile } from "node:fs/promises";
import { join } from "node:path";

export type TrainClip = { path: string; speaker: string; corpus: string };
/** A row of clips.tsv. `seconds`: length of the whole file. */
export type ListedClip = TrainClip & { seconds: number; session: string };

/**
 * Reads clips.tsv of a part of a speech folder: tab-separated, with a header line of column names.
 */
export async function readClips(speech: string, part: "dev" | "train"): Promise<ListedClip[]> {
  const text = await readFile(join(speech, part, "clips.tsv"), "utf8");
  const [header, ...lines] = text.trimEnd().split("\n");
  const columns = header.split("\t");
  const at = (name: string) => {
    const index = columns.indexOf(name);
    if (index < 0) throw new RangeError(`clips.tsv has no column ${name}`);
    return index;
  };
  const [path, speaker, corpus, seconds] = [at("path"), at("speaker"), at("corpus"), at("seconds")];
  const session = at("session");
  return lines.map((line) => {
    const cells = line.split("\t");
    return {
      path: join(speech, part, cells[path]),
      speaker: cells[speaker],
      corpus: cells[corpus],
      seconds: Number(cells[seconds]),
      session: cells[session],
    };
  });
}

const HELD_OUT = join(import.meta.dirname, "../training/held-out.txt");

/** Reads the speakers that were never trained on. The file has one ID per line. */
export async function readHeldOut(file = HELD_OUT): Promise<Set<string>> {
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.trim());
  return new Set(lines.filter((line) => line !== "" && !line.startsWith("#")));
}

export function bySpeaker<T extends { speaker: string }>(clips: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const clip of clips) groups.set(clip.speaker, [...(groups.get(clip.speaker) ?? []), clip]);
  return groups;
}
