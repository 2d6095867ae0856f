import type { ModelId, RegistryId } from "../../id.ts";
import { lsnSource } from "../shared/lsn.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { s3Blobs } from "./blobs.ts";
import { type Built, buildGallery } from "./gallery-build.ts";
import { registryOfChanges } from "./keys.ts";
import { awsClients } from "./services.ts";
import { openTable } from "./table.ts";

/** What the function that follows the table's stream needs. */
export function openGalleryBuilder(given: {
  table: string;
  bucket: string;
  kmsKeyId?: string | undefined;
  modelId: ModelId;
}): {
  registryOf(partition: string): RegistryId | undefined;
  build(registryId: RegistryId): Promise<Built>;
} {
  const clients = awsClients();
  const world = { clock: systemClock, random: systemRandom };
  const stores = {
    table: openTable(clients.dynamodb, given.table, world),
    blobs: s3Blobs(clients.s3, given.bucket, given.kmsKeyId),
    clock: systemClock,
    drawLsn: lsnSource(world),
  };
  return {
    registryOf: registryOfChanges,
    build: (registryId) => buildGallery(stores, registryId, given.modelId),
  };
}
