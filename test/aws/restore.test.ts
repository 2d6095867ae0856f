/**
 * docs/deploy.md, "Restoring": its commands are sent to DynamoDB Local, which has no point-in-time
 * recovery. So a copy of the items stands in for the restored table, which AWS makes without the
 * settings.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { expect, inject, onTestFinished, test } from "vitest";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { TABLE_SHAPE } from "../../lib/adapters/aws/table-shape.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { speakerId } from "../contract/store.ts";
import { ROOT } from "../functions/process.ts";
import { awsPlace, createTable, standInClients } from "../support/aws.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeModelData, seededRandom } from "../support/fake-world.ts";

const standIns = inject("standIns");
type Sending = (client: DynamoDBClient, input: object) => Promise<unknown>;
const SENDING: Readonly<Record<string, Sending>> = {
  "update-table": (client, input) => client.send(new UpdateTableCommand(input as UpdateTableCommandInput)),
  "update-time-to-live": (client, input) =>
    client.send(new UpdateTimeToLiveCommand(input as UpdateTimeToLiveCommandInput)),
};

/** The changes of the restored table, in the page's order: the command and its parameters. */
async function changesOfPage(): Promise<{ command: string; input: Record<string, unknown> }[]> {
  const page = await readFile(join(ROOT, "docs/deploy.md"), "utf8");
  const section = page.slice(page.indexOf("## Restoring"), page.indexOf("Afterwards:"));
  const lines = section.replaceAll(/ \\\n\s*/g, " ").matchAll(/^aws dynamodb (update-\S+) (.+)$/gm);
  return [...lines].map(([, command = "", flags = ""]) => ({ command, input: inputOf(flags) }));
}

/** `--time-to-live-specification Enabled=true` is `TimeToLiveSpecification: {Enabled: true}`. */
function inputOf(flags: string): Record<string, unknown> {
  const parts = flags
    .split(/(?:^|\s+)--/)
    .filter((part) => part !== "")
    .map((part) => part.split(/\s+/));
  return Object.fromEntries(parts.map(([name = "", value]) => [pascal(name), parameterOf(value)]));
}

const pascal = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

function parameterOf(text: string | undefined): unknown {
  if (text === undefined) return true;
  if (!text.includes("=")) return text;
  const fields = text.split(",").map((field) => field.split("="));
  return Object.fromEntries(fields.map(([name, value]) => [name, value === "true" ? true : value]));
}

async function copyItems(client: DynamoDBClient, from: string, to: string): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName: from }))
    await Promise.all(Items.map((Item) => client.send(new PutItemCommand({ TableName: to, Item }))));
}

const enrolled = async (services: Services, name: string, takes: readonly number[]) => {
  const registry = await ensureRegistry(services, "shop");
  const clips = takes.map((take) => fakeClip(`voice=${name} take=${take}`));
  return enroll(services, { registry, speakerId: speakerId(name), clips });
};

test.skipIf(!standIns)("a restored table serves after the page's changes, made one at a time", async () => {
  if (!standIns) throw new RangeError("no servers");
  const { table, bucket, clock, open } = await awsPlace(standIns);
  for (const name of ["ann", "bob"]) await enrolled(open(), name, [1, 2, 3]);
  const { dynamodb } = standInClients(standIns);
  onTestFinished(() => dynamodb.destroy());
  const TableName = await createTable(dynamodb);
  await copyItems(dynamodb, table, TableName);

  const changes = await changesOfPage();
  expect(changes.map(({ command }) => command)).toEqual([
    "update-time-to-live",
    "update-table",
    "update-table",
    // DynamoDB Local doesn't know this one.
    "update-continuous-backups",
  ]);
  for (const { command, input } of changes) {
    // The table's name and one change: AWS refuses two.
    expect(Object.keys(input)).toHaveLength(2);
    await SENDING[command]?.(dynamodb, { ...input, TableName });
    await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60 }, { TableName });
  }
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(Table).toMatchObject({
    DeletionProtectionEnabled: true,
    StreamSpecification: { StreamEnabled: true, StreamViewType: TABLE_SHAPE.stream },
  });
  expect(TimeToLiveDescription).toMatchObject({ AttributeName: TABLE_SHAPE.ttl });

  const model = fakeModelData(fakeEmbedder());
  const given = { secret: new Uint8Array(32).fill(7), clients: standInClients(standIns), clock };
  const services = awsServices({ table: TableName, bucket, ...model, ...given, random: seededRandom("b") });
  onTestFinished(() => services.close());
  const registry = await ensureRegistry(services, "shop");
  const clip = fakeClip("voice=ann take=9");
  expect(await verify(services, { registry, speakerId: speakerId("ann"), clip })).toMatchObject({
    decision: "accept",
  });
  await enrolled(services, "eve", [1, 2, 3]);
  const found = await identify(services, { registry, clip: fakeClip("voice=eve take=9") });
  expect(found).toMatchObject({ searched: 3, candidates: [{ speaker: "eve" }, {}, {}] });
});
