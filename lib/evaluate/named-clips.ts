import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { badInput } from "../input-file.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import type { Trial } from "./trial-list.ts";

/**
 * A file and where a list first names it. `path`: absolute. `name`: as the list writes it. `label`:
 * how messages refer to it.
 */
export type NamedClip = { path: string; label: string; name: string; line: number };

/** A clip with too little speech to embed. `trials`: how many trials use it on either side. */
export type ExcludedClip = { path: string; line: number; speechSeconds: number; trials: number };

/**
 * Returns the clips of the enrolled sides that trials use, then the probes, keyed by name. Names of
 * the same file share one entry.
 */
export function namedClips(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  lists: { list: string; enroll: string | undefined; root: string },
): Map<string, NamedClip> {
  const clips = new Map<string, NamedClip>();
  const byPath = new Map<string, NamedClip>();
  const add = (name: string, line: number, list: string) => {
    if (clips.has(name)) return;
    const path = resolve(lists.root, name);
    const clip = byPath.get(path) ?? { path, name, line, label: `${list}:${line}: ${name}` };
    byPath.set(path, clip);
    clips.set(name, clip);
  };
  for (const { enrolled, probe, line } of trials) {
    const model = models.get(enrolled);
    if (model) for (const path of model.paths) add(path, model.line, lists.enroll ?? lists.list);
    add(probe, line, lists.list);
  }
  return clips;
}

/** Rejects at the first file that does not exist, so that a long run doesn't end halfway. */
export async function requireFiles(clips: Iterable<NamedClip>, root: string): Promise<void> {
  for (const { path, label } of clips)
    await access(path).catch(() => {
      throw badInput(
        `${label}: There is no such file in ${root}. Use --root to name the folder that paths start from.`,
      );
    });
}

/** Returns the clips that have no embedding. */
export function excludedClips(
  clips: Iterable<NamedClip>,
  embedded: ReadonlyMap<string, EmbeddedClip>,
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
): ExcludedClip[] {
  return [...new Set(clips)]
    .filter(({ path }) => !embedded.get(path)?.embedding)
    .map(({ path, name, line }) => ({
      path: name,
      line,
      speechSeconds: embedded.get(path)?.quality.speechSeconds ?? 0,
      trials: trials.filter((one) => one.probe === name || models.get(one.enrolled)?.paths.includes(name))
        .length,
    }));
}
