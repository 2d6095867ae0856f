import type { BackgroundTask } from "../../ports/background-task.ts";
import type { Services } from "../../ports/services.ts";
import { refreshStatistics } from "../cohort/refresh-statistics.ts";
import { type Attempt, type DeliverNeeds, deliverEvent } from "../event/deliver.ts";
import { sweep } from "../maintenance/sweep.ts";
import type { ErasureReceipt } from "../speaker/erasure-receipt.ts";
import { enrollUpload } from "../upload/enroll.ts";
import { finishErasures } from "./finish-erasures.ts";
import type { JobNeeds } from "./needs.ts";
import { workOnJob } from "./work.ts";

type Needs = DeliverNeeds & JobNeeds & Parameters<typeof sweep>[0] & Parameters<typeof finishErasures>[0];

/** What an entry logs of background tasks. */
export type Observers = {
  /** Called for errors that don't stop a job. */
  report?: ((error: unknown) => void) | undefined;
  /** Called for each expired speaker that was erased. */
  onErased?: ((receipt: ErasureReceipt) => void) | undefined;
  /** Called for each attempt to send an event. */
  onAttempt?: ((attempt: Attempt) => void) | undefined;
};

/**
 * Runs one background task until it is done or `signal` aborts it. A job with work remaining is
 * queued again, so that other tasks can run.
 */
export async function runBackgroundTask(
  services: Needs,
  backgroundTask: BackgroundTask,
  signal?: AbortSignal,
  { report, onErased, onAttempt }: Observers = {},
): Promise<void> {
  const { kind, registryId } = backgroundTask;
  if (kind === "refresh-statistics") await refreshStatistics(services, { registryId, signal });
  if (kind === "sweep") await sweep(services, { registryId, signal, onErased });
  if (kind === "finish-erasures") await finishErasures(services, { registryId, signal });
  if (kind === "enroll-upload") await enrollUpload(services, backgroundTask);
  if (kind === "deliver-event") await deliverEvent(services, backgroundTask, onAttempt);
  if (kind === "job" && (await workOnJob(services, { ...backgroundTask, signal, report })) === "more")
    await services.backgroundTasks.add(backgroundTask);
}

/**
 * Queues, for every registry, the tasks that a crashed process may have left unfinished, and the
 * periodic ones.
 *
 * returns the number of registries
 */
export async function addBackgroundTasks(
  services: Pick<Services, "backgroundTasks" | "jobs" | "registries">,
): Promise<number> {
  const registries = await services.registries.list();
  for (const { registryId } of registries) {
    await services.backgroundTasks.add({ kind: "refresh-statistics", registryId });
    await services.backgroundTasks.add({ kind: "sweep", registryId });
    await services.backgroundTasks.add({ kind: "finish-erasures", registryId });
    for (const jobId of await services.jobs.unfinished(registryId))
      await services.backgroundTasks.add({ kind: "job", registryId, jobId });
  }
  return registries.length;
}
