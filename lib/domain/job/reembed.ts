import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { type AuditNeeds, outcomeOf, record } from "../audit/record.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { type ClipLoss, reembedSpeaker } from "./reembed-speaker.ts";

type Needs = AuditNeeds &
  Pick<
    Services,
    "active" | "clips" | "clock" | "cohorts" | "embedder" | "random" | "registries" | "speakers"
  >;

/** `seconds`: the net speech of the clips. */
export type Pending = { speakers: number; clips: number; seconds: number };

/**
 * A speaker that keeps its old voiceprint (status `needs-reenrollment`), because some of its clips
 * can't be embedded again.
 */
export type LostSpeaker = Pick<Speaker, "registryId" | "speakerId" | "uid"> & { clips: readonly ClipLoss[] };

export type ReembedReport = {
  /** How many speakers were rebuilt, from how many clips. */
  speakers: number;
  clips: number;
  needsReenrollment: readonly LostSpeaker[];
};

/** Counts the voiceprints that another model made, and their clips. */
export async function pendingReembed(
  services: Pick<Services, "embedder" | "registries" | "speakers">,
): Promise<Pending> {
  const pending = { speakers: 0, clips: 0, seconds: 0 };
  for await (const { clips } of everyOutdated(services)) {
    pending.speakers += 1;
    pending.clips += clips.length;
    for (const { speechSeconds } of clips) pending.seconds += speechSeconds;
  }
  return pending;
}

/**
 * Rebuilds every voiceprint that another model made, in all registries, from the stored recordings.
 * Each speaker changes in one write, so this can be interrupted, run again, and run during
 * enrollments and erasures. A speaker with a lost clip is not changed but reported. The audit log
 * of each registry gets an entry for the run, if it changed or lost something there.
 *
 * width       how many speakers to process in parallel; undefined: 1
 * onProgress  called with the number of processed clips and the total
 */
export async function reembed(
  services: Needs,
  input: {
    width?: number | undefined;
    onProgress?: ((done: number, total: number) => void) | undefined;
  } = {},
): Promise<ReembedReport> {
  const { clips: total } = await pendingReembed(services);
  const runs = new Map<RegistryId, { speakers: number; clips: number; needReenrollment: number }>();
  const report = { speakers: 0, clips: 0, needsReenrollment: [] as LostSpeaker[] };
  const outdated = everyOutdated(services);
  let done = 0;
  let failed = false;
  const work = async () => {
    for (let next = await outdated.next(); !failed && !next.done; next = await outdated.next()) {
      const speaker = next.value;
      const { rebuilt, lost } = await reembedSpeaker(services, speaker);
      const { registryId, speakerId, uid } = speaker;
      if (lost.length > 0) report.needsReenrollment.push({ registryId, speakerId, uid, clips: lost });
      if (rebuilt > 0) report.speakers += 1;
      report.clips += rebuilt;
      const run = runs.get(registryId) ?? { speakers: 0, clips: 0, needReenrollment: 0 };
      runs.set(registryId, {
        speakers: run.speakers + Number(rebuilt > 0),
        clips: run.clips + rebuilt,
        needReenrollment: run.needReenrollment + Number(lost.length > 0),
      });
      done += speaker.clips.length;
      input.onProgress?.(Math.min(done, total), total);
    }
  };
  const workers = Array.from({ length: input.width ?? 1 }, () =>
    work().catch((error) => {
      failed = true;
      throw error;
    }),
  );
  // Wait for all workers before throwing: the caller closes the store next.
  const rejected = (await Promise.allSettled(workers)).find((one) => one.status === "rejected");
  const outcome = rejected ? outcomeOf(rejected.reason) : "done";
  for (const [registryId, details] of runs)
    await record(services, { registryId, operation: "reembed", details }, outcome);
  if (rejected) throw rejected.reason;
  return report;
}

async function* everyOutdated(
  services: Pick<Services, "embedder" | "registries" | "speakers">,
): AsyncGenerator<Speaker> {
  const { modelId } = services.embedder.model;
  for (const { registryId } of await services.registries.list())
    for await (const speaker of everySpeaker(services, registryId as RegistryId))
      if (speaker.clips.length > 0 && speaker.modelId !== modelId) yield speaker;
}
