/** Both candidate indexes, each on a stand-in of its service. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoCandidates } from "../../lib/adapters/aws/candidates/dynamo-index.ts";
import { s3VectorCandidates } from "../../lib/adapters/aws/candidates/s3-vectors.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { createTable, standInClients } from "./aws.ts";
import { fakeClock, seededRandom } from "./fake-world.ts";
import { s3VectorsProtocol } from "./s3-vectors-protocol.ts";
import { searchVectorsProtocol } from "./search-vectors-protocol.ts";
import type { StandIns } from "./stand-ins.ts";
import { vectorServer } from "./vector-server.ts";

const account = {
  region: "eu-central-1",
  credentials: { accessKeyId: "voiceroll", secretAccessKey: "voiceroll" },
};

/**
 * bucket: exists from the start. By default no bucket exists, and the index is in `voices`
 * now: epoch milliseconds, by which writes become visible
 */
export async function onS3Vectors({ bucket, now }: { bucket?: string | undefined; now?: () => number } = {}) {
  const server = await vectorServer(s3VectorsProtocol(bucket), { now });
  const config = { ...account, endpoint: server.url };
  return { ...server, config, index: s3VectorCandidates("voices", config) };
}

/**
 * A table on DynamoDB Local, behind a server that has vector indexes.
 *
 * polls: how often a new index is reported as being filled. table: by default a new one
 */
export async function onDynamo(
  standIns: StandIns,
  { polls = 0, table, now }: { polls?: number; table?: string; now?: () => number } = {},
) {
  const server = await vectorServer(searchVectorsProtocol(polls), { target: standIns.dynamodb, now });
  const clients = standInClients(standIns);
  const client = new DynamoDBClient({ ...account, endpoint: server.url });
  const name = table ?? (await createTable(clients.dynamodb));
  const opened = openTable(client, name, { clock: fakeClock(), random: seededRandom() });
  return {
    ...server,
    client,
    table: name,
    index: dynamoCandidates(client, name, opened),
    close() {
      for (const one of [client, ...Object.values(clients)]) one.destroy();
      server.close();
    },
  };
}
