import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { ClipId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { sha256Of } from "../../sha256.ts";
import { type EnrollInput, type EnrollNeeds, enroll } from "./enroll.ts";

/**
 * `enroll` for work that may restart after a crash, and run in parallel workers. Once an attempt
 * has started, clips that the speaker lists count as enrolled by that attempt; before, they are
 * duplicates.
 *
 * retry    an earlier attempt called `onStart`
 * onStart  must store durably that an attempt has started; called before anything is embedded or
 *          written
 */
export async function enrollOnce(
  services: EnrollNeeds,
  input: EnrollInput,
  attempt: { retry: boolean; onStart(): Promise<void> },
): Promise<readonly ClipId[]> {
  const listedBefore = await listedIds(services, input, input.clips);
  if (attempt.retry && listedBefore) return listedBefore;
  // Clips listed before the first attempt are real duplicates: don't record an attempt for them.
  if (!listedBefore) await attempt.onStart();
  try {
    return (await enroll(services, input)).clips.map(({ id }) => id);
  } catch (error) {
    const listed = !listedBefore && isDuplicate(error) && (await listedIds(services, input, input.clips));
    if (!listed) throw error;
    return listed;
  }
}

const isDuplicate = (error: unknown): boolean => error instanceof AppError && error.slug === "duplicate-clip";

/** The clip ids of these recordings if the speaker lists all of them; otherwise undefined. */
async function listedIds(
  services: Pick<Services, "speakers">,
  { registry, speakerId }: EnrollInput,
  clips: readonly ClipInput[],
): Promise<readonly ClipId[] | undefined> {
  const speaker = await services.speakers.get(registry.registryId, speakerId);
  const listed = new Map(speaker?.clips.map(({ audioSha256, clipId }) => [audioSha256, clipId]));
  const ids = clips.map(({ bytes }) => listed.get(sha256Of(bytes)));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}
