import type { Chore, Services } from "../ports.ts";
import { restateSpeakers } from "./restate.ts";

/** What each kind of chore is. Resolves when it is done, or broken off by `signal`. */
export async function doChore(
  services: Pick<Services, "active" | "clock" | "cohorts" | "embedder" | "speakers">,
  { kind, registryId }: Chore,
  signal?: AbortSignal,
): Promise<void> {
  if (kind === "restate-speakers") await restateSpeakers(services, { registryId, signal });
}

/** What a process that ended early may have left undone, in every registry. */
export async function addChores(services: Pick<Services, "chores" | "registries">): Promise<void> {
  for (const { registryId } of await services.registries.list())
    await services.chores.add({ kind: "restate-speakers", registryId });
}
