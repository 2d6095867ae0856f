import { s3Blobs } from "../../lib/adapters/aws/blobs.ts";
import { buildGallery } from "../../lib/adapters/aws/gallery-build.ts";
import { openSnapshot, readHead } from "../../lib/adapters/aws/snapshot.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { lsnSource } from "../../lib/adapters/shared/lsn.ts";
import { readRows } from "../../lib/gallery/file/read.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { speakerStats } from "../../lib/score/scoring/norm.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { aSpeaker, HERE, MODEL } from "../contract/store.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel } from "../support/fake-embedder.ts";
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
    const stores = { table, blobs, clock: place.clock, drawLsn: lsnSource(world) };
    return async () => (await buildGallery(stores, HERE, MODEL)).outcome;
  };
  const voices = async () => {
    const now = place.clock.now().getTime();
    const found = await openSnapshot(blobs, { registryId: HERE, modelId: MODEL }, now);
    if (!found) return undefined;
    const uids: string[] = [];
    for await (const { uid } of readRows(found.file)) uids.push(uid);
    return uids;
  };
  /** The bytes of the newest snapshot. */
  const bytes = async () => {
    const { head } = await readHead(blobs, { registryId: HERE, modelId: MODEL });
    return Buffer.from((head && (await blobs.get(head.object))?.bytes) ?? []);
  };
  /** Enrolled after the clocks of all builders, so the snapshot can't have this voice. */
  const later = () => ({ createdAt: new Date(place.clock.now().getTime() + 120_000).toISOString() });
  return { ...place, table, blobs, build: openBuilder(), openBuilder, voices, bytes, later };
}

const cohort = fakeCohort(fakeModel());

/** A speaker as enrollment stores it: with statistics against the model's cohort. */
export function voiced(name: string, given: Partial<Speaker> = {}, by: Cohort = cohort): Speaker {
  const { uid, sum } = aSpeaker(name, given);
  return aSpeaker(name, { stats: speakerStats(fromFixed(sum), by, uid), ...given });
}

/** Speakers v<from> to v<to - 1>, each of the voice of its name. */
export async function putSpeakers(services: Services, from: number, to: number, by?: Cohort): Promise<void> {
  for (let at = from; at < to; at += 8)
    await Promise.all(
      Array.from({ length: Math.min(8, to - at) }, (_, i) =>
        services.speakers.put(voiced(`v${at + i}`, {}, by)),
      ),
    );
}
