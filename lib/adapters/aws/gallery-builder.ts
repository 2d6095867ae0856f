import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import type { ModelId, RegistryId } from "../../id.ts";
import type { CandidateIndex } from "../../ports/candidate-index.ts";
import type { GalleryPlace } from "../../ports/gallery.ts";
import { lsnSource } from "../shared/lsn.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { s3Blobs } from "./blobs.ts";
import { candidateIndexer } from "./candidates/indexer.ts";
import { indexLedger } from "./candidates/ledger.ts";
import { openCandidates } from "./candidates/open.ts";
import type { CandidateSetting } from "./candidates/setting.ts";
import { CLIENT_OPTIONS } from "./client.ts";
import { type BuildStores, type Built, buildGallery } from "./gallery-build.ts";
import { registryOfChanges } from "./keys.ts";
import { removeSnapshots } from "./snapshot.ts";
import { openTable } from "./table.ts";

/**
 * What the function that follows the table's stream needs.
 *
 * warn  called with a sentence when the candidate index of the setting can't be used
 */
export function openGalleryBuilder(given: {
  table: string;
  bucket: string;
  kmsKeyId?: string | undefined;
  modelId: ModelId;
  dimension: number;
  candidates?: CandidateSetting | undefined;
  warn(sentence: string): void;
}): {
  registryOf(partition: string): RegistryId | undefined;
  build(registryId: RegistryId): Promise<Built>;
} {
  const dynamodb = new DynamoDBClient(CLIENT_OPTIONS);
  const world = { clock: systemClock, random: systemRandom };
  const table = openTable(dynamodb, given.table, world);
  const blobs = s3Blobs(new S3Client(CLIENT_OPTIONS), given.bucket, given.kmsKeyId);
  const stores = { table, blobs, clock: systemClock, drawLsn: lsnSource(world) };
  const index =
    given.candidates && openCandidates(given.candidates, { client: dynamodb, tableName: given.table, table });
  const candidates = given.candidates &&
    index && {
      index,
      from: given.candidates.from,
      isUsable: isUsableFrom(() => index.check(given.dimension), given.warn),
    };
  const build = galleryBuild(stores, candidates);
  return {
    registryOf: registryOfChanges,
    build: (registryId) => build({ registryId, modelId: given.modelId }),
  };
}

/**
 * Returns a function that brings a registry's candidate index up to date, if the deployment has
 * one, and otherwise its snapshot. A registry that is searched with the index keeps no snapshot,
 * which would have to be written again for each erased voice.
 */
export function galleryBuild(
  stores: BuildStores,
  candidates: { index: CandidateIndex; from: number; isUsable(): Promise<boolean> } | undefined,
): (place: GalleryPlace) => Promise<Built> {
  const { table, blobs, clock } = stores;
  const build = (place: GalleryPlace) => buildGallery(stores, place.registryId, place.modelId);
  if (!candidates) return build;
  const { index, from, isUsable } = candidates;
  const indexed = candidateIndexer({ table, index, ledger: indexLedger(table), clock });
  return async (place) => {
    if (!(await isUsable())) return build(place);
    const { overtaken, isVisible, voices } = await indexed(place);
    if (overtaken) return { outcome: "overtaken", voices };
    if (!isVisible || voices < from) return build(place);
    await removeSnapshots(blobs, place);
    return { outcome: "indexed", voices };
  };
}

/**
 * Returns whether the check has succeeded, which is tried until it does. A deployment creates the
 * index after the functions, and until then registries are searched in memory.
 */
export function isUsableFrom(check: () => Promise<void>, warn: (sentence: string) => void) {
  let usable = false;
  return async (): Promise<boolean> => {
    if (usable) return true;
    try {
      await check();
      usable = true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      warn(error.message);
    }
    return usable;
  };
}
