import type { RegistryId } from "../../lib/id.ts";
import { stopwatch } from "../../lib/stopwatch.ts";
import type { BatchResult } from "./queue-events.ts";
import type { WorkerLog } from "./worker-log.ts";

/** The fields of a DynamoDB stream event that this function reads. */
type StreamEvent = {
  Records?: readonly {
    dynamodb?: { SequenceNumber?: string; Keys?: Readonly<Record<string, { S?: string }>> };
  }[];
};

type GalleryBuilder = {
  /** The registry whose change log is in this partition. Undefined for any other partition. */
  registryOf(partition: string): RegistryId | undefined;
  build(registryId: RegistryId): Promise<{ outcome: string; voices: number }>;
};

/**
 * Builds the gallery of each registry that an event names, once for each registry.
 *
 * Events may come in any order and more than once. If a build fails, the reply names the registry's
 * first
 * record: Lambda retries from there, and galleries that were built since are up to date by then.
 */
export function galleryWorker({ registryOf, build }: GalleryBuilder, { log }: { log: WorkerLog }) {
  return async (event: StreamEvent): Promise<BatchResult> => {
    const firsts = new Map<RegistryId, string>();
    for (const { dynamodb } of event.Records ?? []) {
      const registryId = registryOf(dynamodb?.Keys?.PK?.S ?? "");
      if (registryId && !firsts.has(registryId)) firsts.set(registryId, dynamodb?.SequenceNumber ?? "");
    }
    const batchItemFailures = [];
    for (const [registry, itemIdentifier] of firsts) {
      const durationMs = stopwatch();
      try {
        const { outcome, voices } = await build(registry);
        log({ event: `gallery.${outcome}`, registry, voices, durationMs: durationMs() });
      } catch (error) {
        log({ event: "gallery.failed", registry, durationMs: durationMs(), error: String(error) });
        batchItemFailures.push({ itemIdentifier });
      }
    }
    return { batchItemFailures };
  };
}
