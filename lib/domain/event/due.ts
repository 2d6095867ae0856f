import type { Services } from "../../ports/services.ts";

/** For how long a delivery may be late before it counts as forgotten by the queue. */
const LATE_MS = 5000;

/**
 * Queues the deliveries of every registry that are due and that no queue has: those that wait for a
 * long time, and those of a process that was killed after it had put them.
 */
export async function addDueDeliveries(
  services: Pick<Services, "backgroundTasks" | "clock" | "outbox" | "registries">,
): Promise<number> {
  const late = services.clock.now().getTime() - LATE_MS;
  let added = 0;
  for (const { registryId } of await services.registries.list())
    for (const { destination, eventId, nextAt } of await services.outbox.list(registryId)) {
      if (Date.parse(nextAt) > late) continue;
      await services.backgroundTasks.add({ kind: "deliver-event", registryId, destination, eventId });
      added += 1;
    }
  return added;
}
