import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { createVectorIndex } from "../../lib/adapters/aws/candidates/create-dynamo-index.ts";
import { dynamoCandidates } from "../../lib/adapters/aws/candidates/dynamo-index.ts";
import { createVectorBucket, s3VectorCandidates } from "../../lib/adapters/aws/candidates/s3-vectors.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { candidateIndexContract } from "../contract/candidate-index.ts";
import { HERE, MODEL } from "../contract/store.ts";
import { createTable, standInClients } from "../support/aws.ts";
import { exactVectors } from "../support/exact-vectors.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { fakeClock, seededRandom } from "../support/fake-world.ts";
import { memoryCandidates } from "../support/memory-candidates.ts";
import { s3VectorsProtocol } from "../support/s3-vectors-protocol.ts";
import { searchVectorsProtocol } from "../support/search-vectors-protocol.ts";
import { vectorServer } from "../support/vector-server.ts";

const standIns = inject("standIns");
const { dimension } = fakeModel();
const place = { registryId: HERE, modelId: MODEL };
const account = {
  region: "eu-central-1",
  credentials: { accessKeyId: "voiceroll", secretAccessKey: "voiceroll" },
};

async function onS3Vectors(bucket?: string) {
  const server = await vectorServer(s3VectorsProtocol(bucket));
  onTestFinished(() => server.close());
  const config = { ...account, endpoint: server.url };
  return { ...server, config, index: s3VectorCandidates("voices", config) };
}

async function onDynamo(polls = 0) {
  if (!standIns) throw new RangeError("no servers");
  const server = await vectorServer(searchVectorsProtocol(polls), standIns.dynamodb);
  const clients = standInClients(standIns);
  const client = new DynamoDBClient({ ...account, endpoint: server.url });
  onTestFinished(() => {
    client.destroy();
    for (const one of Object.values(clients)) one.destroy();
    server.close();
  });
  const table = await createTable(clients.dynamodb);
  const opened = openTable(client, table, { clock: fakeClock(), random: seededRandom() });
  return { ...server, client, table, index: dynamoCandidates(client, table, opened) };
}

describe("in memory", () => {
  candidateIndexContract(async () => {
    const vectors = exactVectors();
    return { vectors, index: memoryCandidates(vectors) };
  });
});

describe("on S3 Vectors", () => {
  candidateIndexContract(() => onS3Vectors("voices"));

  test("a deployment creates the bucket once; without it, the check says what to do", async () => {
    const { config, index } = await onS3Vectors();
    await expect(index.check(dimension)).rejects.toThrow(/no vector bucket voices.*npm run deploy/);
    expect(await createVectorBucket("voices", undefined, config)).toBe("created");
    expect(await createVectorBucket("voices", undefined, config)).toBe("exists");
    await index.check(dimension);
  });

  test("tries again when throttled, and then is unavailable", async () => {
    const { index, vectors } = await onS3Vectors("voices");
    await index.put(place, [{ uid: "spk_ann", speakerId: "ann" as never, voice: fakeVoice("ann") }]);
    vectors.knobs.throttles = 2;
    expect(await index.nearest(place, fakeVoice("ann"), 1)).toHaveLength(1);
    vectors.knobs.throttles = 9;
    await expect(index.nearest(place, fakeVoice("ann"), 1)).rejects.toMatchObject({
      slug: "dependency-unavailable",
    });
  });
});

describe.skipIf(!standIns)("on DynamoDB's vector index", () => {
  candidateIndexContract(async () => {
    const opened = await onDynamo();
    await createVectorIndex(opened.client, opened.table, dimension);
    return opened;
  }, 120);

  test("a deployment creates the index once, waits until it is filled, and accepts no other shape", async () => {
    const { client, index, table } = await onDynamo(3);
    await expect(index.check(dimension)).rejects.toThrow(/no usable vector index voices-64.*npm run deploy/);
    const waited: string[] = [];
    const pause = async (state: string) => void waited.push(state);
    expect(await createVectorIndex(client, table, dimension, pause)).toBe("created");
    expect(waited).toEqual(["filling", "filling", "filling"]);
    expect(await createVectorIndex(client, table, dimension, pause)).toBe("exists");
    await index.check(dimension);
    await expect(dynamoCandidates(client, table, {} as never).check(dimension + 1)).rejects.toThrow(
      /voices-65/,
    );
  });
});
