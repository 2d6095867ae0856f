import { type AttributeValue, ScanCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { expect, inject, test } from "vitest";
import { bodyText } from "../../lib/adapters/aws/body.ts";
import { TABLE_SHAPE } from "../../lib/adapters/aws/table-shape.ts";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { ensureRegistry, updateRegistry } from "../../lib/domain/registry/registry.ts";
import { type Client, clientOf } from "../functions/client.ts";
import { AUDIO, expire, ID, live, TEXTS, traceFinder, VOICE } from "../functions/erased-life.ts";
import { awsPlace, standInClients } from "../support/aws.ts";

const standIns = inject("standIns");
type Item = Record<string, AttributeValue>;

/** Calls DynamoDB Streams, for which no client is installed. */
async function streams(url: string, operation: string, input: object) {
  const scope = "voiceroll/20260101/eu-central-1/dynamodb/aws4_request";
  const reply = await fetch(url, {
    method: "POST",
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `DynamoDBStreams_20120810.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(text);
  return JSON.parse(text) as Record<string, unknown>;
}

async function streamRecords(url: string, StreamArn: string): Promise<string[]> {
  const { StreamDescription } = await streams(url, "DescribeStream", { StreamArn });
  const { Shards } = StreamDescription as { Shards: { ShardId: string }[] };
  const records: string[] = [];
  for (const { ShardId } of Shards) {
    const start = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    let { ShardIterator } = await streams(url, "GetShardIterator", start);
    while (ShardIterator) {
      const page = await streams(url, "GetRecords", { ShardIterator });
      const found = page.Records as object[];
      records.push(...found.map((record) => JSON.stringify(record)));
      ShardIterator = found.length > 0 ? page.NextShardIterator : undefined;
    }
  }
  return records;
}

/** The bytes and texts of an item; compressed bodies as they were before. */
const contentsOf = (item: Item): Uint8Array[] =>
  Object.entries(item).map(([name, value]) => {
    if (name === "bz") return Buffer.from(bodyText(item));
    if (value.B) return value.B;
    return Buffer.from(value.S ?? value.N ?? "");
  });

type StandIns = NonNullable<typeof standIns>;

async function registryAt(servers: StandIns) {
  const { table, bucket, clock, open } = await awsPlace(servers);
  const services = open();
  const registry = await ensureRegistry(services, "test");
  const c = await clientOf({ ...services, clock, registry, registryId: registry.registryId, folder: "" });
  return { c, registry, table, bucket };
}

/** The bytes of every version of every object. */
async function objectVersions(servers: StandIns, bucket: string): Promise<Uint8Array[]> {
  const { s3 } = standInClients(servers);
  const found = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  return Promise.all(
    (found.Versions ?? []).map(async ({ Key, VersionId }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    }),
  );
}

test.skipIf(!standIns)(
  "without kept recordings, no object version has one after the enrollments",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const { c, registry, bucket } = await registryAt(standIns);
    await updateRegistry(c.services, { registryId: registry.registryId, settings: { keepAudio: false } });
    await live(c);
    expect((await objectVersions(standIns, bucket)).flatMap(traceFinder(AUDIO, []))).toEqual([]);
  },
);

const ENDS: Record<string, (c: Client) => Promise<unknown>> = {
  "an erasure": (c) => c.call("DELETE", `/speakers/${ID}`),
  "the sweep of an expired speaker": expire,
};

test.skipIf(!standIns).each(Object.entries(ENDS))(
  "after %s, no item, stream record or object version has the person's voice, name or details",
  async (_what, end) => {
    if (!standIns) throw new RangeError("no servers");
    const { c, registry, table, bucket } = await registryAt(standIns);
    const { services } = c;
    const { dynamodb } = standInClients(standIns);
    const StreamSpecification = { StreamEnabled: true, StreamViewType: TABLE_SHAPE.stream };
    const made = await dynamodb.send(new UpdateTableCommand({ TableName: table, StreamSpecification }));
    const { voices } = await live(c);
    const items = async () =>
      (await dynamodb.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ?? [];
    const uid = (await c.call("GET", `/speakers/${ID}`)).body.uid.slice(4);
    const owned = (await items()).filter(({ PK, SK, u }) => `${PK?.S}${SK?.S}${u?.S}`.includes(uid));
    const bytes = owned.flatMap((item) => Object.values(item).flatMap(({ B }) => (B ? [B] : [])));
    // Shorter ones are IDs of models and cohorts, which other items share.
    const packed = bytes.filter(({ length }) => length > 100);
    expect(packed.length).toBeGreaterThan(5);
    const find = traceFinder([...TEXTS, ...AUDIO], [...voices, ...packed]);
    const found = async () =>
      [...(await items()).flatMap(contentsOf), ...(await objectVersions(standIns, bucket))].flatMap(find);
    expect(await found()).toEqual(expect.arrayContaining([...TEXTS, "voice=zoe", VOICE]));

    await end(c);
    await finishErasures(services, { registryId: registry.registryId });
    expect(await found()).toEqual([]);
    const records = await streamRecords(standIns.dynamodb, made.TableDescription?.LatestStreamArn ?? "");
    expect(records.length).toBeGreaterThan(10);
    // The ID is in keys of the stream for 24 hours, as the receipt says.
    expect(records.flatMap((record) => find(Buffer.from(record))).filter((text) => text !== ID)).toEqual([]);
    expect(records.filter((record) => /"(New|Old)Image"/.test(record))).toEqual([]);
  },
  180_000,
);
