import type { Job } from "../../ports/job.ts";
import type { Redact } from "../speaker/redact.ts";
import type { CohortLine, ManifestLine, TrialLine } from "./lines.ts";

/** Why a clip of an erased speaker isn't enrolled. */
export const ERASED = {
  slug: "speaker-not-found",
  detail: "The speaker was erased before this was enrolled.",
} as const;

/** The line, or the problem of a line that names an erased speaker. */
export const withoutErased = (
  line: ManifestLine,
  { createdAt }: Pick<Job, "createdAt">,
  redact: Redact,
): ManifestLine => (redact(namesOf(line), Date.parse(createdAt)) ? { problem: ERASED } : line);

/** The parts of a line that can name a speaker, without its audio. */
export function namesOf(line: ManifestLine | TrialLine | CohortLine): object {
  if ("problem" in line || "probe" in line) return line;
  const speaker = "speakerId" in line ? { speakerId: line.speakerId } : {};
  return { ...speaker, audio: [line.audio ?? []].flat().filter((source) => "clip" in source) };
}
