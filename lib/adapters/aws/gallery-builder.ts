import type { ModelId, RegistryId } from "../../id.ts";
import { stopwatch } from "../../stopwatch.ts";
import { lsnSource } from "../shared/lsn.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { s3Blobs } from "./blobs.ts";
import { type Built, buildGallery, heldSums } from "./gallery-build.ts";
import { registryOfChanges } from "./keys.ts";
import { awsClients } from "./services.ts";
import { openTable } from "./table.ts";

/** Of a record of the table's stream, as Lambda hands it over, what is looked at. */
export type StreamEvent = {
  Records?: readonly {
    dynamodb?: { SequenceNumber?: string; Keys?: Readonly<Record<string, { S?: string }>> };
  }[];
};
export type BatchReply = { batchItemFailures: { itemIdentifier: string }[] };
export type BuildLog = {
  gallery: RegistryId;
  outcome: Built["outcome"] | "failed";
  /** Undefined where it failed. */
  voices?: number;
  durationMs: number;
  error?: string;
};

/**
 * Builds once for each registry that changed, in whichever order and however often the events come. A registry that fails
 * comes back alone, by its first record: Lambda begins again there, and what was built since is then "kept".
 */
export async function buildChanged(
  event: StreamEvent,
  build: (registryId: RegistryId) => Promise<Built>,
  log: (entry: BuildLog) => void,
): Promise<BatchReply> {
  const firsts = new Map<RegistryId, string>();
  for (const { dynamodb } of event.Records ?? []) {
    const registryId = registryOfChanges(dynamodb?.Keys?.PK?.S ?? "");
    if (registryId && !firsts.has(registryId)) firsts.set(registryId, dynamodb?.SequenceNumber ?? "");
  }
  const batchItemFailures = [];
  for (const [gallery, itemIdentifier] of firsts) {
    const durationMs = stopwatch();
    try {
      log({ gallery, ...(await build(gallery)), durationMs: durationMs() });
    } catch (error) {
      log({ gallery, outcome: "failed", durationMs: durationMs(), error: String(error) });
      batchItemFailures.push({ itemIdentifier });
    }
  }
  return { batchItemFailures };
}

export function openGalleryBuilder(
  given: { table: string; bucket: string; kmsKeyId?: string | undefined; modelId: ModelId },
  log: (entry: BuildLog) => void,
): (event: StreamEvent) => Promise<BatchReply> {
  const clients = awsClients();
  const world = { clock: systemClock, random: systemRandom };
  const stores = {
    table: openTable(clients.dynamodb, given.table, world),
    blobs: s3Blobs(clients.s3, given.bucket, given.kmsKeyId),
    clock: systemClock,
    drawLsn: lsnSource(world),
    held: heldSums(),
  };
  return (event) => buildChanged(event, (registryId) => buildGallery(stores, registryId, given.modelId), log);
}
