import type { ModelId, RegistryId } from "../../id.ts";
import type { CandidateIndex } from "../../ports/candidate-index.ts";
import type { GalleryPlace } from "../../ports/gallery.ts";
import { lsnSource } from "../shared/lsn.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { s3Blobs } from "./blobs.ts";
import { candidateIndexer } from "./candidates/indexer.ts";
import { indexLedger } from "./candidates/ledger.ts";
import { type CandidateSetting, openCandidates } from "./candidates/open.ts";
import { type BuildStores, type Built, buildGallery } from "./gallery-build.ts";
import { registryOfChanges } from "./keys.ts";
import { awsClients } from "./services.ts";
import { removeSnapshots } from "./snapshot.ts";
import { openTable } from "./table.ts";

/**
 * What the function that follows the table's stream needs. Rejects if the candidate index of the
 * setting can't be used.
 */
export async function openGalleryBuilder(given: {
  table: string;
  bucket: string;
  kmsKeyId?: string | undefined;
  modelId: ModelId;
  dimension: number;
  candidates?: CandidateSetting | undefined;
}): Promise<{
  registryOf(partition: string): RegistryId | undefined;
  build(registryId: RegistryId): Promise<Built>;
}> {
  const clients = awsClients();
  const world = { clock: systemClock, random: systemRandom };
  const table = openTable(clients.dynamodb, given.table, world);
  const blobs = s3Blobs(clients.s3, given.bucket, given.kmsKeyId);
  const stores = { table, blobs, clock: systemClock, drawLsn: lsnSource(world) };
  const candidates = given.candidates && {
    index: openCandidates(given.candidates, { client: clients.dynamodb, tableName: given.table, table }),
    from: given.candidates.from,
  };
  await candidates?.index.check(given.dimension);
  const build = galleryBuild(stores, candidates);
  return {
    registryOf: registryOfChanges,
    build: (registryId) => build({ registryId, modelId: given.modelId }),
  };
}

/**
 * Returns a function that brings a registry's candidate index up to date, if the deployment has one,
 * and otherwise its snapshot. A registry that is searched with the index keeps no snapshot, which
 * would have to be written again for each erased voice.
 */
export function galleryBuild(
  stores: BuildStores,
  candidates: { index: CandidateIndex; from: number } | undefined,
): (place: GalleryPlace) => Promise<Built> {
  const { table, blobs, clock } = stores;
  const build = (place: GalleryPlace) => buildGallery(stores, place.registryId, place.modelId);
  if (!candidates) return build;
  const { index, from } = candidates;
  const indexed = candidateIndexer({ table, index, ledger: indexLedger(table), clock });
  return async (place) => {
    const { overtaken, isVisible, voices } = await indexed(place);
    if (overtaken) return { outcome: "overtaken", voices };
    if (!isVisible || voices < from) return build(place);
    await removeSnapshots(blobs, place);
    return { outcome: "indexed", voices };
  };
}
