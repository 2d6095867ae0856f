import type { S3VectorsClient, S3VectorsClientConfig } from "@aws-sdk/client-s3vectors";
import type { SpeakerId, SpeakerUid } from "../../../id.ts";
import type { CandidateIndex, IndexedVoice, Neighbor } from "../../../ports/candidate-index.ts";
import type { GalleryPlace } from "../../../ports/gallery.ts";
import { sha256Of } from "../../../sha256.ts";
import { CLIENT_OPTIONS, call } from "../client.ts";
import { isNamed } from "../failures.ts";

/** Vectors of one PutVectors or DeleteVectors call, by the service's quotas. */
const BATCH = 500;
/** Results of one query over all its pages, by the quotas since June 2026. */
const MOST = 10_000;
const INDEX_NAME_DIGITS = 40;

/**
 * Candidates from a bucket of S3 Vectors, with an index for each registry and model, which the
 * first vector creates. Writes are strongly consistent.
 *
 * The SDK's client is a package of its own, and loaded at the first call: only deployments that use
 * S3 Vectors need it.
 *
 * Source: the API model of @aws-sdk/client-s3vectors 3.1137.0
 */
export function s3VectorCandidates(
  vectorBucketName: string,
  config: S3VectorsClientConfig = {},
): CandidateIndex {
  let client: S3VectorsClient | undefined;
  const sdk = async () => {
    const loaded = await loadSdk();
    client ??= new loaded.S3VectorsClient({ ...CLIENT_OPTIONS, ...config });
    return { ...loaded, client };
  };
  const s3vectors = <T>(send: (abortSignal: AbortSignal) => Promise<T>) => call("S3 Vectors", send);
  const indexOf = ({ registryId, modelId }: GalleryPlace) => ({
    vectorBucketName,
    indexName: `v-${sha256Of(Buffer.from(`${registryId}/${modelId}`)).slice(0, INDEX_NAME_DIGITS)}`,
  });

  async function createIndex(place: GalleryPlace, dimension: number): Promise<void> {
    const { client, CreateIndexCommand } = await sdk();
    const shape = { dimension, dataType: "float32", distanceMetric: "cosine" } as const;
    const metadataConfiguration = { nonFilterableMetadataKeys: ["speaker"] };
    const command = new CreateIndexCommand({ ...indexOf(place), ...shape, metadataConfiguration });
    await s3vectors((abortSignal) => client.send(command, { abortSignal })).catch((error: unknown) => {
      // Another process has just created it.
      if (!isNamed(error, "ConflictException")) throw error;
    });
  }

  async function putBatch(place: GalleryPlace, voices: readonly IndexedVoice[]): Promise<void> {
    const { client, PutVectorsCommand } = await sdk();
    const vectors = voices.map(({ uid, speakerId, voice }) => ({
      key: uid,
      data: { float32: Array.from(voice) },
      metadata: { speaker: speakerId },
    }));
    const command = new PutVectorsCommand({ ...indexOf(place), vectors });
    const put = () => s3vectors((abortSignal) => client.send(command, { abortSignal }));
    try {
      await put();
    } catch (error) {
      if (!isNamed(error, "NotFoundException")) throw error;
      await createIndex(place, voices[0]?.voice.length ?? 1);
      await put();
    }
  }

  return {
    most: MOST,
    visibleAfterMs: 0,
    async nearest(place, voice, count) {
      const { client, QueryVectorsCommand } = await sdk();
      const query = {
        ...indexOf(place),
        topK: count,
        queryVector: { float32: Array.from(voice) },
        returnMetadata: true,
      };
      const found: Neighbor[] = [];
      let nextToken: string | undefined;
      do {
        const command = new QueryVectorsCommand({ ...query, ...(nextToken ? { nextToken } : {}) });
        const page = await s3vectors((abortSignal) => client.send(command, { abortSignal }));
        found.push(...(page.vectors ?? []).map(neighborOf));
        nextToken = page.nextToken;
      } while (nextToken && found.length < count);
      return found.slice(0, count);
    },
    async put(place, voices) {
      for (let at = 0; at < voices.length; at += BATCH) await putBatch(place, voices.slice(at, at + BATCH));
    },
    async remove(place, uids) {
      const { client, DeleteVectorsCommand } = await sdk();
      for (let at = 0; at < uids.length; at += BATCH) {
        const command = new DeleteVectorsCommand({ ...indexOf(place), keys: uids.slice(at, at + BATCH) });
        await s3vectors((abortSignal) => client.send(command, { abortSignal })).catch((error: unknown) => {
          // The index doesn't exist yet.
          if (!isNamed(error, "NotFoundException")) throw error;
        });
      }
    },
    async check() {
      const { client, GetVectorBucketCommand } = await sdk();
      const command = new GetVectorBucketCommand({ vectorBucketName });
      await s3vectors((abortSignal) => client.send(command, { abortSignal })).catch((error: unknown) => {
        if (!isNamed(error, "NotFoundException")) throw error;
        throw new RangeError(
          `There is no vector bucket ${vectorBucketName}. Run npm run deploy again, which creates it.`,
          { cause: error },
        );
      });
    },
  };
}

const neighborOf = ({ key, metadata }: { key: string | undefined; metadata?: unknown }): Neighbor => ({
  uid: key as SpeakerUid,
  speakerId: (metadata as { speaker: SpeakerId }).speaker,
});

async function loadSdk() {
  try {
    return await import("./s3-vectors-sdk.ts");
  } catch (cause) {
    throw new RangeError(
      "S3 Vectors needs a package that isn't installed: npm install @aws-sdk/client-s3vectors@3.1137.0",
      { cause },
    );
  }
}

/** Creates the bucket unless it exists. kmsKeyArn: the key that encrypts its vectors */
export async function createVectorBucket(
  vectorBucketName: string,
  kmsKeyArn: string | undefined,
  config: S3VectorsClientConfig = {},
): Promise<"created" | "exists"> {
  const { S3VectorsClient, CreateVectorBucketCommand } = await loadSdk();
  const client = new S3VectorsClient({ ...CLIENT_OPTIONS, ...config });
  const encryptionConfiguration = kmsKeyArn ? { sseType: "aws:kms" as const, kmsKeyArn } : undefined;
  try {
    await client.send(new CreateVectorBucketCommand({ vectorBucketName, encryptionConfiguration }));
    return "created";
  } catch (error) {
    if (isNamed(error, "ConflictException")) return "exists";
    throw error;
  } finally {
    client.destroy();
  }
}
