import { type DynamoDBClient, SearchVectorsCommand } from "@aws-sdk/client-dynamodb";
import type { SpeakerId } from "../../../id.ts";
import type { CandidateIndex } from "../../../ports/candidate-index.ts";
import { attributes, type Item, keyOf, required, textOf } from "../attributes.ts";
import { call } from "../client.ts";
import { isNamed } from "../failures.ts";
import { vectorKey, vectorPartition } from "../keys.ts";
import { together } from "../runs.ts";
import type { Table } from "../table.ts";
import { VECTOR_INDEX, vectorAttribute, vectorIndexName } from "../table-shape.ts";
import { WRITERS } from "./ledger.ts";

/** TopK, by the service's quotas. */
const MOST = 100;
/** AWS promises no time. The tail of the change log covers this much. */
const VISIBLE_AFTER_MS = 5 * 60_000;
/** Significant decimal digits: what float32, in which the index stores vectors, has. */
const DIGITS = 7;

/**
 * Candidates from DynamoDB's own vector index, in the same table. Each speaker has an item for its
 * vector, so that searches project only its ID, and a change of the speaker's other data isn't
 * written to the index.
 *
 * Source: SearchVectors in the API model of @aws-sdk/client-dynamodb 3.1164.0
 */
export function dynamoCandidates(client: DynamoDBClient, TableName: string, table: Table): CandidateIndex {
  const search = (voice: Float32Array, count: number, partition: string) =>
    call("DynamoDB", (abortSignal) =>
      client.send(
        new SearchVectorsCommand({
          TableName,
          IndexName: vectorIndexName(voice.length),
          SearchVector: numbersOf(voice),
          TopK: count,
          SearchConditionExpression: `${VECTOR_INDEX.partition} = :place`,
          ExpressionAttributeValues: attributes({ ":place": partition }),
          ProjectionExpression: "u, i",
        }),
        { abortSignal },
      ),
    );

  return {
    most: MOST,
    visibleAfterMs: VISIBLE_AFTER_MS,
    async nearest(place, voice, count) {
      const { SearchResults = [] } = await search(voice, count, vectorPartition(place));
      return SearchResults.flatMap(({ Item: item }) => (item ? [neighborOf(item)] : []));
    },
    put: (place, voices) =>
      together(voices, WRITERS, ({ uid, speakerId, voice }) =>
        table.put({
          Item: {
            ...attributes({
              ...vectorKey(place, uid),
              [VECTOR_INDEX.partition]: vectorPartition(place),
              u: uid.slice(4),
              i: speakerId,
            }),
            [vectorAttribute(voice.length)]: { L: numbersOf(voice) },
          },
        }),
      ),
    remove: (place, uids) =>
      together(uids, WRITERS, (uid) => table.delete({ Key: keyOf(vectorKey(place, uid)) })),
    async check(dimension) {
      const probe = new Float32Array(dimension).fill(1);
      try {
        await search(probe, 1, "none");
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        if (!isNamed(cause, "ResourceNotFoundException") && !isNamed(cause, "ValidationException"))
          throw error;
        throw new RangeError(
          `The table ${TableName} has no usable vector index ${vectorIndexName(dimension)}: ${cause.message}. ` +
            "Run npm run deploy again, which creates it and waits until it is filled.",
          { cause },
        );
      }
    },
  };
}

const numbersOf = (voice: Float32Array) =>
  Array.from(voice, (value) => ({ N: String(Number(value.toPrecision(DIGITS))) }));

const neighborOf = (item: Item) => ({
  uid: `spk_${required(item, "u", textOf)}` as const,
  speakerId: required(item, "i", textOf) as SpeakerId,
});
