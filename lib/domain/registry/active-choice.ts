import type { RegistryId } from "../../id.ts";
import type { Active } from "../../ports/calibration.ts";
import type { Services } from "../../ports/services.ts";
import { untilCommitted } from "../commit.ts";

type Choice = Pick<Active, "activeCalibration" | "activeCohort" | "previousCalibration" | "previousCohort">;

const BUNDLED: Choice = {
  activeCohort: undefined,
  previousCohort: undefined,
  activeCalibration: undefined,
  previousCalibration: undefined,
};

/** What the registry has chosen under the running model; version 0: nothing yet, all is bundled. */
export async function readActive(
  services: Pick<Services, "active" | "clock" | "embedder">,
  registryId: RegistryId,
): Promise<Active> {
  const { modelId } = services.embedder.model;
  const existing = await services.active.get(registryId, modelId);
  return (
    existing ?? { registryId, modelId, ...BUNDLED, version: 0, updatedAt: services.clock.now().toISOString() }
  );
}

/**
 * Read, change, commit as the next version; again from the read when another change was first. `change` may look at
 * anything, and throws to refuse; a choice that is as it was is not written.
 */
export function changeActive(
  services: Pick<Services, "active" | "clock" | "embedder" | "random">,
  registryId: RegistryId,
  change: (active: Active) => Partial<Choice> | Promise<Partial<Choice>>,
): Promise<Active> {
  return untilCommitted(services, async () => {
    const active = await readActive(services, registryId);
    const changed = await change(active);
    const next = { ...active, ...changed };
    const keys = Object.keys(BUNDLED) as (keyof Choice)[];
    if (keys.every((key) => next[key] === active[key])) return active;
    const written = { ...next, version: active.version + 1, updatedAt: services.clock.now().toISOString() };
    await services.active.put(written);
    return written;
  });
}
