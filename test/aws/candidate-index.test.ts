import { describe, expect, inject, onTestFinished, test } from "vitest";
import { createVectorIndex } from "../../lib/adapters/aws/candidates/create-dynamo-index.ts";
import { dynamoCandidates } from "../../lib/adapters/aws/candidates/dynamo-index.ts";
import { createVectorBucket } from "../../lib/adapters/aws/candidates/s3-vectors.ts";
import { candidateIndexContract } from "../contract/candidate-index.ts";
import { HERE, MODEL } from "../contract/store.ts";
import { exactVectors } from "../support/exact-vectors.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { memoryCandidates } from "../support/memory-candidates.ts";
import { onDynamo, onS3Vectors } from "../support/vector-indexes.ts";

const standIns = inject("standIns");
const { dimension } = fakeModel();
const place = { registryId: HERE, modelId: MODEL };
async function closing<T extends { close(): void }>(opening: Promise<T>): Promise<T> {
  const opened = await opening;
  onTestFinished(() => opened.close());
  return opened;
}
const onVectors = (bucket?: string) => closing(onS3Vectors({ bucket }));
async function onTable(polls = 0) {
  if (!standIns) throw new RangeError("no servers");
  return closing(onDynamo(standIns, { polls }));
}

describe("in memory", () => {
  candidateIndexContract(async () => {
    const vectors = exactVectors();
    return { vectors, index: memoryCandidates(vectors) };
  });
});

describe("on S3 Vectors", () => {
  candidateIndexContract(() => onVectors("voices"));

  test("a deployment creates the bucket once; without it, the check says what to do", async () => {
    const { config, index } = await onVectors();
    await expect(index.check(dimension)).rejects.toThrow(/no vector bucket voices.*npm run deploy/);
    expect(await createVectorBucket("voices", undefined, config)).toBe("created");
    expect(await createVectorBucket("voices", undefined, config)).toBe("exists");
    await index.check(dimension);
  });

  test("tries again when throttled, and then is unavailable", async () => {
    const { index, vectors } = await onVectors("voices");
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
    const opened = await onTable();
    await createVectorIndex(opened.client, opened.table, dimension);
    return opened;
  }, 120);

  test("a deployment creates the index once, waits until it is filled, and accepts no other shape", async () => {
    const { client, index, table } = await onTable(3);
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
