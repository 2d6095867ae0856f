import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { type ChangeNeeds, changeCandidates, expiryOf } from "./candidate.ts";

/** Candidates to remove in one commit. */
const BATCH = 50;

/**
 * Deletes the candidates that have expired by the registry's days, also if they were lowered since.
 *
 * returns  how many
 */
export async function expireCandidates(
  services: ChangeNeeds & Pick<Services, "clock">,
  { registryId, settings }: Registry,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const count = await changeCandidates(services, registryId, ({ candidates }) => {
      const now = services.clock.now().toISOString();
      const due = candidates.filter(({ heardAt }) => expiryOf(heardAt, settings) <= now).slice(0, BATCH);
      return due.length === 0 ? { result: 0 } : { change: { removed: due }, result: due.length };
    });
    if (count === 0) return deleted;
    deleted += count;
  }
}
