/**
 * The last step of `npm run deploy`: creates what the stage's candidate index needs, by calls of
 * the SDK, because Pulumi's AWS provider has no resource for it. Does nothing if it exists, or if
 * the stage has no such index.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createVectorIndex } from "../../lib/adapters/aws/candidates/create-dynamo-index.ts";
import { createVectorBucket } from "../../lib/adapters/aws/candidates/s3-vectors.ts";
import { vectorBucketOf } from "../../lib/adapters/aws/candidates/setting.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";

const ROOT = join(import.meta.dirname, "../..");
/** `sst deploy` writes its outputs into this file. */
const OUTPUTS = join(ROOT, ".sst/outputs.json");
const POLL_MS = 10_000;

type Outputs = { table: string; kmsKey: string; candidateIndex?: string; model?: string };

async function main(): Promise<void> {
  const outputs = JSON.parse(readFileSync(OUTPUTS, "utf8")) as Outputs;
  if (outputs.candidateIndex === undefined) return;
  const bucket = vectorBucketOf(outputs.candidateIndex);
  if (bucket !== undefined) {
    console.log(`The vector bucket ${bucket}: ${await createVectorBucket(bucket, outputs.kmsKey)}.`);
    return;
  }
  const { dimension } = await readModelManifest(outputs.model ? join(ROOT, outputs.model) : BUNDLED_MODEL);
  const pause = (state: string) => {
    console.log(`The vector index is ${state}.`);
    return new Promise<void>((resume) => setTimeout(resume, POLL_MS));
  };
  const made = await createVectorIndex(new DynamoDBClient(), outputs.table, dimension, pause);
  console.log(`The vector index of ${outputs.table}: ${made}.`);
}

await main();
