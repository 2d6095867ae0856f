import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { ClipId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { sha256Of } from "../../sha256.ts";
import { type EnrollInput, type EnrollNeeds, enroll } from "./enroll.ts";

/**
 * `enroll` for work that is begun again after a crash, by several at once too: `begun` is called by every attempt, and has
 * to be durable, before anything is heard or written. Where an attempt has begun, the clips that the speaker lists are that
 * attempt's and count as enrolled; where none has, they are duplicates.
 *
 * again  an earlier attempt called `begun`
 */
export async function enrollOnce(
  services: EnrollNeeds,
  input: EnrollInput,
  attempt: { again: boolean; begun(): Promise<void> },
): Promise<readonly ClipId[]> {
  const before = await listedAs(services, input, input.clips);
  if (attempt.again && before) return before;
  // Listed before anything began, so of somebody else: this is refused, now and at every repeat.
  if (!before) await attempt.begun();
  try {
    return (await enroll(services, input)).clips.map(({ id }) => id);
  } catch (error) {
    const listed = !before && isDuplicate(error) && (await listedAs(services, input, input.clips));
    if (!listed) throw error;
    return listed;
  }
}

const isDuplicate = (error: unknown): boolean => error instanceof AppError && error.slug === "duplicate-clip";

/** The ids of these recordings, where the speaker lists all of them. */
async function listedAs(
  services: Pick<Services, "speakers">,
  { registry, speakerId }: EnrollInput,
  clips: readonly ClipInput[],
): Promise<readonly ClipId[] | undefined> {
  const speaker = await services.speakers.get(registry.registryId, speakerId);
  const listed = new Map(speaker?.clips.map(({ audioSha256, clipId }) => [audioSha256, clipId]));
  const ids = clips.map(({ bytes }) => listed.get(sha256Of(bytes)));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}
