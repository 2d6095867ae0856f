import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { untilCommitted } from "../commit.ts";

/** Candidates to remove in one commit. */
const BATCH = 50;

/**
 * Deletes the candidate voices that have the name of a speaker, and what others have noted about
 * the speaker.
 *
 * returns  how many were deleted
 */
export async function forgetCandidates(
  services: Pick<Services, "candidates" | "clock" | "random">,
  registryId: RegistryId,
  uid: SpeakerUid,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const count = await untilCommitted(services, async () => {
      const all = await services.candidates.all(registryId);
      const removed = all.candidates.filter(({ speaker }) => speaker?.uid === uid).slice(0, BATCH);
      const put = all.candidates
        .filter(({ speaker, rejected }) => speaker?.uid !== uid && rejected.includes(uid))
        .slice(0, BATCH - removed.length)
        .map((one) => ({
          ...one,
          rejected: one.rejected.filter((id) => id !== uid),
          version: one.version + 1,
        }));
      if (removed.length + put.length === 0) return undefined;
      await services.candidates.commit(registryId, all, { removed, put });
      return removed.length;
    });
    if (count === undefined) return deleted;
    deleted += count;
  }
}
