import type { BackgroundTask } from "../../ports/background-task.ts";
import type { Services } from "../../ports/services.ts";
import { refreshStatistics } from "../cohort/refresh-statistics.ts";
import { sweep } from "../maintenance/sweep.ts";
import { enrollUpload } from "../upload/enroll.ts";
import type { JobNeeds } from "./needs.ts";
import { workOnJob } from "./work.ts";

type Needs = JobNeeds & Parameters<typeof sweep>[0];

/**
 * What each kind of chore is. Resolves when it is done, or broken off by `signal`; a job that has more to do is noted again,
 * so that others get their turn. `report` gets defects that a job goes on after.
 */
export async function runBackgroundTask(
  services: Needs,
  backgroundTask: BackgroundTask,
  signal?: AbortSignal,
  report?: (error: unknown) => void,
): Promise<void> {
  const { kind, registryId } = backgroundTask;
  if (kind === "refresh-statistics") await refreshStatistics(services, { registryId, signal });
  if (kind === "sweep") await sweep(services, { registryId, signal });
  if (kind === "enroll-upload") await enrollUpload(services, backgroundTask);
  if (kind === "job" && (await workOnJob(services, { ...backgroundTask, signal, report })) === "more")
    await services.backgroundTasks.add(backgroundTask);
}

/** What a process that ended early may have left undone, in every registry; and what is due from time to time. */
export async function addBackgroundTasks(
  services: Pick<Services, "backgroundTasks" | "jobs" | "registries">,
): Promise<void> {
  for (const { registryId } of await services.registries.list()) {
    await services.backgroundTasks.add({ kind: "refresh-statistics", registryId });
    await services.backgroundTasks.add({ kind: "sweep", registryId });
    for (const jobId of await services.jobs.unfinished(registryId))
      await services.backgroundTasks.add({ kind: "job", registryId, jobId });
  }
}
