import type { EmbeddedClip } from "./embedding-cache.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import type { NamedClip } from "./named-clips.ts";
import type { Trial } from "./trial-list.ts";

/** A clip with nothing to embed. `line`: where it is first named; `trials`: how many name it or enroll it. */
export type Excluded = { path: string; line: number; speechSeconds: number; trials: number };

export function excludedClips(
  clips: Iterable<NamedClip>,
  embedded: ReadonlyMap<string, EmbeddedClip>,
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
): Excluded[] {
  return [...new Set(clips)]
    .filter(({ path }) => !embedded.get(path)?.embedding)
    .map(({ path, given, line }) => ({
      path: given,
      line,
      speechSeconds: embedded.get(path)?.quality.speechSeconds ?? 0,
      trials: trials.filter((one) => one.probe === given || models.get(one.enrolled)?.paths.includes(given))
        .length,
    }));
}
