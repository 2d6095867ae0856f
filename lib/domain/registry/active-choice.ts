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

/** The registry's choice for the running model; version 0 and all bundled if it has made none. */
async function readActive(
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
 * Changes the active cohort or calibration, and retries if another change was faster. Does not
 * write a choice that stays the same.
 *
 * change  called again at each retry; throws to refuse the change
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
    const fields = Object.keys(BUNDLED) as (keyof Choice)[];
    if (fields.every((field) => next[field] === active[field])) return active;
    const written = { ...next, version: active.version + 1, updatedAt: services.clock.now().toISOString() };
    await services.active.put(written);
    return written;
  });
}
