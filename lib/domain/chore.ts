import type { Chore, Services } from "../ports.ts";
import { restateSpeakers } from "./restate.ts";
import { sweep } from "./sweep.ts";
import { enrollUpload } from "./upload-enroll.ts";

type Needs = Parameters<typeof enrollUpload>[0] & Parameters<typeof sweep>[0];

/** What each kind of chore is. Resolves when it is done, or broken off by `signal`. */
export async function doChore(services: Needs, chore: Chore, signal?: AbortSignal): Promise<void> {
  const { kind, registryId } = chore;
  if (kind === "restate-speakers") await restateSpeakers(services, { registryId, signal });
  if (kind === "sweep") await sweep(services, { registryId, signal });
  if (kind === "enrol-upload") await enrollUpload(services, chore);
}

/** What a process that ended early may have left undone, in every registry; and what is due from time to time. */
export async function addChores(services: Pick<Services, "chores" | "registries">): Promise<void> {
  for (const { registryId } of await services.registries.list()) {
    await services.chores.add({ kind: "restate-speakers", registryId });
    await services.chores.add({ kind: "sweep", registryId });
  }
}
