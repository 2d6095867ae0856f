import type { CreateVectorIndexAction } from "@aws-sdk/client-dynamodb";
import type { ExactVectors } from "./exact-vectors.ts";
import { type Protocol, Refusal } from "./vector-server.ts";

type Value = { S?: string; L?: { N: string }[] };
type Item = Record<string, Value>;
type Search = {
  IndexName: string;
  TopK: number;
  SearchVector: { N: string }[];
  SearchConditionExpression?: string;
  ExpressionAttributeValues?: Item;
  ProjectionExpression?: string;
};
type Update = {
  VectorIndexUpdates?: { Create?: CreateVectorIndexAction }[];
  AttributeDefinitions?: object[];
};

/**
 * DynamoDB's vector indexes, in front of DynamoDB Local: what is put and deleted there is copied to
 * the indexes.
 *
 * polls  how often DescribeTable reports that a new index is being filled
 */
export const searchVectorsProtocol =
  (polls = 0) =>
  (vectors: ExactVectors): Protocol => {
    const indexes = new Map<string, { made: CreateVectorIndexAction; polls: number }>();
    const operations: Record<string, (body: never) => object | undefined> = {
      UpdateTable({ VectorIndexUpdates, AttributeDefinitions = [] }: Update) {
        const made = VectorIndexUpdates?.[0]?.Create;
        if (!made) return undefined;
        if (AttributeDefinitions.length === 0)
          throw invalid("One element in SearchSchema is not defined in attribute definitions");
        if (indexes.has(String(made.IndexName))) throw invalid("The index exists");
        indexes.set(String(made.IndexName), { made, polls });
        return {};
      },
      DescribeTable() {
        const described = [...indexes.values()].map((index) => {
          const filling = index.polls > 0 && index.polls-- > 0;
          return { ...index.made, IndexStatus: filling ? "CREATING" : "ACTIVE", Backfilling: filling };
        });
        return { Table: { VectorIndexes: described } };
      },
      PutItem({ Item: item }: { Item: Item }) {
        const name = keyOf(item);
        for (const { made } of indexes.values()) {
          const vector = item[String(made.VectorAttribute?.AttributeName)]?.L;
          const partition = item[partitionOf(made)]?.S;
          if (vector && vector.length !== made.Dimensions) throw invalid("Dimension mismatch");
          if (!vector || !partition) continue;
          const projected = ["PK", "SK", ...(made.Projection?.NonKeyAttributes ?? [])];
          const data = Object.fromEntries(projected.map((one) => [one, item[one]]));
          const numbers = vector.map(({ N }) => Number(N));
          vectors.put(`${made.IndexName}/${partition}`, { key: name, vector: numbers, data });
          owners.set(name, `${made.IndexName}/${partition}`);
        }
        return undefined;
      },
      DeleteItem({ Key }: { Key: Item }) {
        const space = owners.get(keyOf(Key));
        if (space) vectors.remove(space, keyOf(Key));
        return undefined;
      },
      SearchVectors(body: Search) {
        const { made } = indexes.get(body.IndexName) ?? {};
        if (!made) throw new Refusal(400, "ResourceNotFoundException", `No index ${body.IndexName}`);
        if (body.TopK < 1 || body.TopK > 100) throw invalid("Provided TopK value is out of valid range");
        if (body.SearchVector.length !== made.Dimensions) throw invalid("Dimension mismatch");
        const [, name, value = ""] = /^(\w+) = (:\w+)$/.exec(body.SearchConditionExpression ?? "") ?? [];
        if (name !== partitionOf(made)) throw invalid("SearchConditionExpression must be provided");
        const space = `${made.IndexName}/${body.ExpressionAttributeValues?.[value]?.S}`;
        const probe = body.SearchVector.map(({ N }) => Number(N));
        const names = (body.ProjectionExpression ?? "").split(", ");
        const SearchResults = vectors.search(space, probe, body.TopK).map(({ data, cosine }) => ({
          Item: Object.fromEntries(names.map((one) => [one, (data as Item)[one]])),
          Score: 1 - cosine,
        }));
        return { SearchResults };
      },
    };
    const owners = new Map<string, string>();
    return (operation, body) => {
      const reply = operations[operation]?.(body);
      return reply && { status: 200, body: reply };
    };
  };

const keyOf = (item: Item): string => `${item.PK?.S} ${item.SK?.S}`;
const partitionOf = ({ SearchSchema = [] }: CreateVectorIndexAction): string =>
  String(SearchSchema.find(({ SearchSchemaElementType: type }) => type === "HASH")?.AttributeName);
const invalid = (message: string) => new Refusal(400, "ValidationException", message);
