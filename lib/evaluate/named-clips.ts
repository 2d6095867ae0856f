import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { badInput } from "../input-file.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import type { Trial } from "./trial-list.ts";

/** A file and where it is first named. `label`: how messages call it. */
export type NamedClip = { path: string; label: string; given: string; line: number };

/** Each distinct file once: those of the enrolled sides that trials use, then the probes. By the name the lists give it. */
export function namedClips(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  names: { list: string; enroll: string | undefined; root: string },
): Map<string, NamedClip> {
  const clips = new Map<string, NamedClip>();
  const byPath = new Map<string, NamedClip>();
  const add = (given: string, line: number, list: string) => {
    if (clips.has(given)) return;
    const path = resolve(names.root, given);
    const clip = byPath.get(path) ?? { path, given, line, label: `${list}:${line}: ${given}` };
    byPath.set(path, clip);
    clips.set(given, clip);
  };
  for (const { enrolled, probe, line } of trials) {
    const model = models.get(enrolled);
    if (model) for (const path of model.paths) add(path, model.line, names.enroll ?? names.list);
    add(probe, line, names.list);
  }
  return clips;
}

/** All must be there before the work begins. */
export async function requireFiles(clips: Iterable<NamedClip>, root: string): Promise<void> {
  for (const { path, label } of clips)
    await access(path).catch(() => {
      throw badInput(
        `${label}: there is no such file in ${root}; --root names the folder that paths are relative to.`,
      );
    });
}
