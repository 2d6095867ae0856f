import { createVectorIndex } from "../../lib/adapters/aws/candidates/create-dynamo-index.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { createBucket, createTable, standInClients } from "./aws.ts";
import { fakeEmbedder, fakeModel } from "./fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "./fake-world.ts";
import { type Raced, raceIndex } from "./index-races.ts";
import type { StandIns } from "./stand-ins.ts";
import { onDynamo, onS3Vectors } from "./vector-indexes.ts";

export const INDEXES = ["dynamodb", "s3vectors"] as const;
/**
 * Seconds after which the stand-in shows a write. DynamoDB promises no time, and we assume less
 * than 300; S3 Vectors is strongly consistent.
 */
export const DELAYS = { dynamodb: 280, s3vectors: 0 } as const;

/** Runs races (index-races.ts) on a new table with an index of this kind. */
export async function racesOn(
  kind: (typeof INDEXES)[number],
  standIns: StandIns,
  races: number,
): Promise<Raced> {
  const clients = standInClients(standIns);
  const [table, bucket] = await Promise.all([createTable(clients.dynamodb), createBucket(clients.s3)]);
  const clock = fakeClock();
  const now = () => clock.now().getTime();
  const opened = kind === "dynamodb" ? await onDynamo(standIns, { table, now }) : undefined;
  if (opened) await createVectorIndex(opened.client, table, fakeModel().dimension);
  const on = opened ?? (await onS3Vectors({ bucket: "voices", now }));
  on.vectors.knobs.delayMs = 1000 * DELAYS[kind];
  const shared = { table, bucket, secret: new Uint8Array(32).fill(7), clients, clock };
  const candidates = { index: on.index, from: 1 };
  const model = fakeModelData(fakeEmbedder());
  /** A process of its own, but for the connections. */
  const opening = () => awsServices({ ...shared, ...model, candidates, random: seededRandom() });
  try {
    const opened = openTable(clients.dynamodb, table, { clock, random: seededRandom() });
    return await raceIndex({ races, index: on.index, table: opened, clock, opening });
  } finally {
    on.close();
    for (const client of Object.values(clients)) client.destroy();
  }
}
