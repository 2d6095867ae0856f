import type { JobId, RegistryId } from "../../id.ts";
import type { JobStore } from "../../ports/job.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { jobOf, jobResultOf } from "../shared/stored-job.ts";
import { attributes, ofPartition, required, textOf } from "./attributes.ts";
import type { Blobs } from "./blobs.ts";
import { jobKey, jobResultKey, jobResultsPartition, jobsPartition } from "./keys.ts";
import { contention, type Table } from "./table.ts";
import { putVersion, writeMark } from "./versioned.ts";

/** Jobs and results in the table, manifests in the bucket under `jobs/REGISTRY/JOBID/manifest.jsonl`. */
export function dynamoJobs(
  table: Table,
  blobs: Blobs,
  { clock, random }: { clock: Clock; random: Pick<Random, "bytes"> },
): JobStore {
  const manifestKey = (registryId: RegistryId, jobId: JobId) => `jobs/${registryId}/${jobId}/manifest.jsonl`;
  return {
    async get(registryId, jobId) {
      const item = await table.get(jobKey(registryId, jobId));
      const job = item && jobOf(required(item, "b", textOf));
      return job && clock.now().getTime() < Date.parse(job.goneAt) ? job : undefined;
    },
    async put(job, result) {
      const { registryId, jobId, version, goneAt } = job;
      const ttl = Math.ceil(Date.parse(goneAt) / 1000);
      const lost = `Another worker is at ${jobId}.`;
      const item = attributes({ ...jobKey(registryId, jobId), b: JSON.stringify(job), ttl });
      if (!result) return putVersion(table, random, item, { version, lost });
      const place = jobResultKey(registryId, jobId, result.line);
      const done = await table.transact([
        {
          Put: {
            Item: { ...item, ...attributes({ n: version, x: writeMark(random) }) },
            ConditionExpression: "n = :before",
            ExpressionAttributeValues: attributes({ ":before": version - 1 }),
          },
        },
        { Put: { Item: attributes({ ...place, b: JSON.stringify(result), ttl }) } },
      ]);
      if (!done) throw contention(undefined, lost);
    },
    async unfinished(registryId) {
      const items = await table.query(ofPartition(jobsPartition(registryId)));
      const jobs = items.map((item) => jobOf(required(item, "b", textOf)));
      const now = clock.now().getTime();
      return jobs
        .filter(({ state, goneAt }) => state !== "done" && now < Date.parse(goneAt))
        .map(({ jobId }) => jobId);
    },
    async results(registryId, jobId, after, limit) {
      const { SK } = jobResultKey(registryId, jobId, after);
      const items = await table.query(
        {
          KeyConditionExpression: "PK = :partition AND SK > :after",
          ExpressionAttributeValues: attributes({
            ":partition": jobResultsPartition(registryId, jobId),
            ":after": SK,
          }),
        },
        limit,
      );
      return items.map((item) => jobResultOf(required(item, "b", textOf)));
    },
    async putManifest(registryId, jobId, bytes) {
      await blobs.put(manifestKey(registryId, jobId), bytes);
    },
    async manifest(registryId, jobId) {
      return (await blobs.get(manifestKey(registryId, jobId)))?.bytes;
    },
    removeManifest: (registryId, jobId) => blobs.remove(manifestKey(registryId, jobId)),
  };
}
