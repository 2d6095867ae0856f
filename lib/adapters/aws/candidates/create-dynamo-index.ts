import {
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTableCommand,
  type VectorIndexDescription,
} from "@aws-sdk/client-dynamodb";
import { VECTOR_INDEX, vectorAttribute, vectorIndexName } from "../table-shape.ts";

const WAIT_MS = 10_000;

/**
 * Creates the table's vector index for vectors of this dimension, unless it exists, and waits until
 * it is filled. Pulumi's AWS provider has no resource for it. Throws a RangeError if an index of
 * this name has another shape.
 *
 * pause  called while the index isn't ready, with its state
 */
export async function createVectorIndex(
  client: DynamoDBClient,
  TableName: string,
  dimension: number,
  pause: (state: string) => Promise<void> = () => new Promise((resume) => setTimeout(resume, WAIT_MS)),
): Promise<"created" | "exists"> {
  const name = vectorIndexName(dimension);
  const find = async () => {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName }));
    return table?.VectorIndexes?.find(({ IndexName }) => IndexName === name);
  };
  const existing = await find();
  if (existing) requireShape(existing, dimension);
  else await client.send(new UpdateTableCommand({ TableName, ...creation(dimension) }));
  for (;;) {
    const index = existing?.IndexStatus === "ACTIVE" && !existing.Backfilling ? existing : await find();
    if (index?.IndexStatus === "ACTIVE" && !index.Backfilling) return existing ? "exists" : "created";
    await pause(index?.Backfilling ? "filling" : "creating");
  }
}

const creation = (dimension: number) => ({
  AttributeDefinitions: [{ AttributeName: VECTOR_INDEX.partition, AttributeType: "S" as const }],
  VectorIndexUpdates: [
    {
      Create: {
        IndexName: vectorIndexName(dimension),
        VectorAttribute: { AttributeName: vectorAttribute(dimension) },
        SearchSchema: [{ AttributeName: VECTOR_INDEX.partition, SearchSchemaElementType: "HASH" as const }],
        Projection: { ProjectionType: "INCLUDE" as const, NonKeyAttributes: [...VECTOR_INDEX.projected] },
        Dimensions: dimension,
        DistanceFunction: VECTOR_INDEX.distance,
      },
    },
  ],
});

function requireShape(found: VectorIndexDescription, dimension: number): void {
  const [hash] = found.SearchSchema ?? [];
  const isRight =
    found.Dimensions === dimension &&
    found.DistanceFunction === VECTOR_INDEX.distance &&
    found.VectorAttribute?.AttributeName === vectorAttribute(dimension) &&
    hash?.AttributeName === VECTOR_INDEX.partition;
  if (isRight) return;
  throw new RangeError(
    `The table's vector index ${found.IndexName} has another shape than this version uses. Delete it ` +
      "(aws dynamodb update-table --vector-index-updates) and deploy again.",
  );
}
