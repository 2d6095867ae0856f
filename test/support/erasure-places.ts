/** Where voices of erased speakers could stay, each with many enrolled speakers. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { s3Blobs } from "../../lib/adapters/aws/blobs.ts";
import { createVectorIndex } from "../../lib/adapters/aws/candidates/create-dynamo-index.ts";
import { galleryBuild } from "../../lib/adapters/aws/gallery-builder.ts";
import { dynamoSpeakers } from "../../lib/adapters/aws/speakers.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { localGallery } from "../../lib/adapters/local/gallery.ts";
import { galleryFiles } from "../../lib/adapters/local/gallery-files.ts";
import { localSpeakers } from "../../lib/adapters/local/speakers.ts";
import { openDatabase } from "../../lib/adapters/local/sqlite.ts";
import { lsnSource } from "../../lib/adapters/shared/lsn.ts";
import { systemClock, systemRandom } from "../../lib/adapters/shared/world.ts";
import type { SpeakerStore } from "../../lib/ports/speaker.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { speakerStats } from "../../lib/score/scoring/norm.ts";
import { quantize } from "../../lib/score/search/quantize.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "../contract/store.ts";
import { createBucket, createTable, standInClients } from "./aws.ts";
import { fakeCohort } from "./fake-cohort.ts";
import { fakeModel, fakeVoice } from "./fake-embedder.ts";
import type { StandIns } from "./stand-ins.ts";
import { noTemplates } from "./templates.ts";
import { onDynamo, onS3Vectors } from "./vector-indexes.ts";

export type ErasurePlace = {
  name: string;
  /**
   * Seconds in which the table's stream collects changes (infra/workers.ts). Undefined: no stream
   */
  windowS: number | undefined;
  speakers: Pick<SpeakerStore, "remove">;
  /** Writes files, snapshots or vectors of the current voices. */
  build(): Promise<unknown>;
  /** All bytes that are kept: of files, of every version of every object, of all vectors. */
  contents(): Promise<Uint8Array[]>;
  close(): Promise<void>;
};

const WINDOW_S = 30;
const cohort = fakeCohort(fakeModel());
export const nameOf = (n: number) => `person-${String(n).padStart(6, "0")}`;

async function enroll(speakers: Pick<SpeakerStore, "put">, count: number): Promise<void> {
  const one = async (n: number) => {
    const { uid, sum } = aSpeaker(nameOf(n));
    await speakers.put(aSpeaker(nameOf(n), { stats: speakerStats(fromFixed(sum), cohort, uid) }));
  };
  for (let at = 0; at < count; at += 8)
    await Promise.all(Array.from({ length: Math.min(8, count - at) }, (_, i) => one(at + i)));
}

export async function onFiles(count: number): Promise<ErasurePlace> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-erasure-"));
  const database = openDatabase(folder);
  const gallery = localGallery(database, {
    files: galleryFiles(database, systemRandom, systemClock),
    templates: noTemplates,
  });
  const speakers = localSpeakers(database);
  await enroll(speakers, count);
  const galleries = join(folder, "galleries");
  return {
    name: "files of one machine",
    windowS: undefined,
    speakers,
    async build() {
      const probe = { modelId: MODEL, cohort, embedding: fakeVoice("probe"), stats: undefined };
      await gallery.search(HERE, probe, 1);
      await gallery.writeFiles();
    },
    async contents() {
      const names = (await readdir(galleries, { recursive: true })).filter((name) => /gallery/.test(name));
      return Promise.all(names.map((name) => readFile(join(galleries, name))));
    },
    async close() {
      await gallery.close();
      database.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Snapshots, or vectors in a candidate index from the first voice on. */
export async function onAws(
  kind: "dynamodb" | "s3vectors" | "snapshots",
  standIns: StandIns,
  count: number,
): Promise<ErasurePlace> {
  const clients = standInClients(standIns);
  const world = { clock: systemClock, random: systemRandom };
  const [name, bucket] = await Promise.all([createTable(clients.dynamodb), createBucket(clients.s3)]);
  const table = openTable(clients.dynamodb, name, world);
  const drawLsn = lsnSource(world);
  const speakers = dynamoSpeakers(table, { ...world, drawLsn });
  const onTable = kind === "dynamodb" ? await onDynamo(standIns, { table: name }) : undefined;
  if (onTable) await createVectorIndex(onTable.client, name, fakeModel().dimension);
  const vectors = onTable ?? (kind === "s3vectors" ? await onS3Vectors({ bucket: "voices" }) : undefined);
  const stores = { table, blobs: s3Blobs(clients.s3, bucket), clock: systemClock, drawLsn };
  const index = vectors && { index: vectors.index, from: 1, isUsable: async () => true };
  const build = galleryBuild(stores, index);
  await enroll(speakers, count);
  return {
    name: kind === "snapshots" ? "snapshots, all versions" : `vectors in ${kind}`,
    windowS: WINDOW_S,
    speakers,
    build: () => build({ registryId: HERE, modelId: MODEL }),
    async contents() {
      const { Versions = [] } = await clients.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
      const objects = Versions.map(async ({ Key, VersionId }) => {
        const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      });
      return [...(await Promise.all(objects)), Buffer.from(vectors?.vectors.dump() ?? "")];
    },
    async close() {
      vectors?.close();
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** A speaker's ID, and the voice as codes of a file and as the beginning of a vector's numbers. */
export function tracesOf(n: number): readonly Buffer[] {
  const voice = fromFixed(aSpeaker(nameOf(n)).sum);
  const { codes } = quantize(voice);
  const number = `"0":${voice[0].toPrecision(9).slice(0, 7)}`;
  return [Buffer.from(nameOf(n)), Buffer.from(codes.buffer), Buffer.from(number)];
}

export const erase = (place: ErasurePlace, n: number) => place.speakers.remove(HERE, speakerId(nameOf(n)));
