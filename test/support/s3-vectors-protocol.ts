import type { ExactVectors } from "./exact-vectors.ts";
import { type Protocol, Refusal } from "./vector-server.ts";

/** Results of one page. */
const PAGE = 100;
type Named = { vectorBucketName: string; indexName: string };
type Put = Named & { vectors: { key: string; data: { float32: number[] }; metadata: unknown }[] };
type Query = Named & {
  topK: number;
  queryVector: { float32: number[] };
  returnMetadata?: boolean;
  nextToken?: string;
};

/** S3 Vectors, with one bucket that exists if `bucket` is given. */
export const s3VectorsProtocol =
  (bucket?: string) =>
  (vectors: ExactVectors): Protocol => {
    const buckets = new Set(bucket === undefined ? [] : [bucket]);
    const indexes = new Map<string, { dimension: number }>();
    const done = (body: object = {}) => ({ status: 200, body });
    const indexOf = ({ vectorBucketName, indexName }: Named) => {
      const index = indexes.get(`${vectorBucketName}/${indexName}`);
      if (!index) throw new Refusal(404, "NotFoundException", `There is no index ${indexName}.`);
      return { ...index, space: `${vectorBucketName}/${indexName}` };
    };
    const operations: Record<string, (body: never) => object> = {
      CreateVectorBucket({ vectorBucketName }: Named) {
        if (buckets.has(vectorBucketName)) throw new Refusal(409, "ConflictException", "The bucket exists.");
        buckets.add(vectorBucketName);
        return { vectorBucketArn: `arn:aws:s3vectors:eu-central-1:123456789012:bucket/${vectorBucketName}` };
      },
      GetVectorBucket({ vectorBucketName }: Named) {
        if (!buckets.has(vectorBucketName)) throw new Refusal(404, "NotFoundException", "No such bucket.");
        return { vectorBucket: { vectorBucketName } };
      },
      CreateIndex({ vectorBucketName, indexName, dimension }: Named & { dimension: number }) {
        const name = `${vectorBucketName}/${indexName}`;
        if (!buckets.has(vectorBucketName)) throw new Refusal(404, "NotFoundException", "No such bucket.");
        if (indexes.has(name)) throw new Refusal(409, "ConflictException", "The index exists.");
        if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(indexName)) throw invalid("indexName");
        indexes.set(name, { dimension });
        return { indexArn: name };
      },
      PutVectors(body: Put) {
        const { dimension, space } = indexOf(body);
        if (body.vectors.length === 0 || body.vectors.length > 500) throw invalid("vectors");
        for (const { data } of body.vectors)
          if (data.float32.length !== dimension) throw invalid("a vector's dimension");
        for (const { key, data, metadata } of body.vectors)
          vectors.put(space, { key, vector: data.float32, data: metadata });
        return {};
      },
      DeleteVectors(body: Named & { keys: string[] }) {
        const { space } = indexOf(body);
        if (body.keys.length === 0 || body.keys.length > 500) throw invalid("keys");
        for (const key of body.keys) vectors.remove(space, key);
        return {};
      },
      QueryVectors(body: Query) {
        const { dimension, space } = indexOf(body);
        if (body.topK < 1 || body.topK > 10_000) throw invalid("topK");
        if (body.queryVector.float32.length !== dimension) throw invalid("the query's dimension");
        const from = Number(body.nextToken ?? 0);
        const found = vectors.search(space, body.queryVector.float32, body.topK);
        const page = found.slice(from, from + PAGE).map(({ key, data }) => ({
          key,
          ...(body.returnMetadata ? { metadata: data } : {}),
        }));
        const more = from + PAGE < found.length ? { nextToken: String(from + PAGE) } : {};
        return { vectors: page, distanceMetric: "cosine", ...more };
      },
    };
    return (operation, body) => {
      const answer = operations[operation];
      return answer && done(answer(body));
    };
  };

const invalid = (what: string) => new Refusal(400, "ValidationException", `${what} is out of range.`);
