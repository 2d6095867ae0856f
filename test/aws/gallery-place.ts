import { s3Blobs } from "../../lib/adapters/aws/blobs.ts";
import { buildGallery, cachedSums } from "../../lib/adapters/aws/gallery-build.ts";
import { readSnapshot } from "../../lib/adapters/aws/snapshot.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { lsnSource } from "../../lib/adapters/shared/lsn.ts";
import type { Services } from "../../lib/ports/services.ts";
import { aSpeaker, HERE, MODEL } from "../contract/store.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { seededRandom } from "../support/fake-world.ts";
import type { StandIns } from "../support/stand-ins.ts";

/** More than a registry without a snapshot has. */
export const SPEAKERS = 204;

/** A table and a bucket with what the gallery builder works by; `clients`: what it sends with. */
export async function galleryPlace(standIns: StandIns, clients = standInClients(standIns)) {
  const place = await awsPlace(standIns);
  const world = { clock: place.clock, random: seededRandom() };
  const table = openTable(clients.dynamodb, place.table, world);
  const blobs = s3Blobs(clients.s3, place.bucket);
  /** As a process of its own has it: what it knows of the snapshots is its alone. */
  const openBuilder = () => {
    const stores = { table, blobs, clock: place.clock, drawLsn: lsnSource(world), cached: cachedSums() };
    return async () => (await buildGallery(stores, HERE, MODEL)).outcome;
  };
  const voices = async () => {
    const now = place.clock.now().getTime();
    const found = await readSnapshot(blobs, { registryId: HERE, modelId: MODEL, now });
    return found && [...found.voices].map(({ uid }) => uid as string);
  };
  return { ...place, table, blobs, build: openBuilder(), openBuilder, voices };
}

/** Speakers v<from> to v<to - 1>, each of the voice of its name. */
export async function putSpeakers(services: Services, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 8)
    await Promise.all(
      Array.from({ length: Math.min(8, to - at) }, (_, i) => services.speakers.put(aSpeaker(`v${at + i}`))),
    );
}
