import type { Chore, Services } from "../ports.ts";
import { type JobNeeds, workOnJob } from "./job-work.ts";
import { restateSpeakers } from "./restate.ts";
import { sweep } from "./sweep.ts";
import { enrollUpload } from "./upload-enroll.ts";

type Needs = JobNeeds & Parameters<typeof sweep>[0];

/**
 * What each kind of chore is. Resolves when it is done, or broken off by `signal`; a job that has more to do is noted again,
 * so that others get their turn. `report` gets defects that a job goes on after.
 */
export async function doChore(
  services: Needs,
  chore: Chore,
  signal?: AbortSignal,
  report?: (error: unknown) => void,
): Promise<void> {
  const { kind, registryId } = chore;
  if (kind === "restate-speakers") await restateSpeakers(services, { registryId, signal });
  if (kind === "sweep") await sweep(services, { registryId, signal });
  if (kind === "enroll-upload") await enrollUpload(services, chore);
  if (kind === "job" && (await workOnJob(services, { ...chore, signal, report })) === "more")
    await services.chores.add(chore);
}

/** What a process that ended early may have left undone, in every registry; and what is due from time to time. */
export async function addChores(services: Pick<Services, "chores" | "jobs" | "registries">): Promise<void> {
  for (const { registryId } of await services.registries.list()) {
    await services.chores.add({ kind: "restate-speakers", registryId });
    await services.chores.add({ kind: "sweep", registryId });
    for (const jobId of await services.jobs.unfinished(registryId))
      await services.chores.add({ kind: "job", registryId, jobId });
  }
}
