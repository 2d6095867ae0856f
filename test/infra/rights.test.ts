import { DeleteItemCommand, DynamoDBClient, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { policyOf } from "../support/policy.ts";
import { askedBy, bindTo } from "../support/rights.ts";

const allowed = (role: string, ...of: Parameters<typeof askedBy>) =>
  askedBy(...of).every((asked) => policyOf(role).allows(asked));
const item = (PK: string) => ({ PK: { S: PK }, SK: { S: "S" } });
const query = (PK: string, IndexName?: string) => ({
  ...(IndexName ? { IndexName } : {}),
  KeyConditionExpression: `${IndexName ? "GSI1PK" : "PK"} = :pk AND begins_with(SK, :sk)`,
  ExpressionAttributeValues: { ":pk": { S: PK }, ":sk": { S: "C#" } },
});

test("lets the API read and write items of registries and keys, and no others", () => {
  for (const PK of ["R#abc#S#alice", "K#abc", "R##"]) {
    expect(allowed("ApiRole", "GetItem", { Key: item(PK) })).toBe(true);
    expect(allowed("ApiRole", "PutItem", { Item: item(PK) })).toBe(true);
    expect(allowed("ApiRole", "Query", query(PK))).toBe(true);
    expect(allowed("ApiRole", "Query", query(PK, "GSI1"))).toBe(true);
  }
  expect(allowed("ApiRole", "GetItem", { Key: item("X#abc") })).toBe(false);
  expect(allowed("ApiRole", "Query", query("X#abc"))).toBe(false);
  expect(allowed("ApiRole", "Query", query("R#abc", "GSI2"))).toBe(false);
});

test("lets functions that search use the vector indexes, and no others", () => {
  for (const role of ["ApiRole", "JobWorkerRole", "UploadWorkerRole", "GalleryBuilderRole"]) {
    expect(allowed(role, "SearchVectors", { IndexName: "voices-192" })).toBe(true);
    expect(allowed(role, "SearchVectors", { IndexName: "other" })).toBe(false);
  }
  expect(allowed("SweeperRole", "SearchVectors", { IndexName: "voices-192" })).toBe(false);
});

test("lets the admin function read and write registries, keys and the audit log, and no speaker", () => {
  const id = "hp803mscd9r3v5cj39vh2m2gyc";
  for (const PK of ["R##", `R#${id}`, `R#${id}#K`, `R#${id}#A`, "K#k0rv57q7a6f6d06h"]) {
    expect(allowed("AdminRole", "GetItem", { Key: item(PK) }), PK).toBe(true);
    expect(allowed("AdminRole", "PutItem", { Item: item(PK) }), PK).toBe(true);
    expect(allowed("AdminRole", "DeleteItem", { Key: item(PK) }), PK).toBe(false);
  }
  for (const PK of [`R#${id}#S#alice`, `R#${id}#C`, `R#${id}#L#1`])
    expect(allowed("AdminRole", "GetItem", { Key: item(PK) }), PK).toBe(false);
});

test("lets nobody list the whole bucket", () => {
  for (const role of ["ApiRole", "UploadWorkerRole", "JobWorkerRole", "GalleryBuilderRole"]) {
    expect(allowed(role, "ListObjectsV2", { Prefix: "galleries/reg_a/" })).toBe(true);
    expect(allowed(role, "ListObjectsV2", {})).toBe(false);
    expect(allowed(role, "ListObjectsV2", { Prefix: "" })).toBe(false);
    expect(allowed(role, "ListObjectVersions", {})).toBe(false);
  }
});

test("requires the permission of every part of a transaction, on every item", () => {
  const parts = (PK: string) => [{ Put: { Item: item("R#a") } }, { Delete: { Key: item(PK) } }];
  expect(allowed("ApiRole", "TransactWriteItems", { TransactItems: parts("R#a") })).toBe(true);
  expect(allowed("ApiRole", "TransactWriteItems", { TransactItems: parts("X#a") })).toBe(false);
  expect(allowed("GalleryBuilderRole", "TransactWriteItems", { TransactItems: parts("R#a") })).toBe(false);
});

test("lets the gallery builder query the table, write snapshots and candidates, but not read clips", () => {
  expect(allowed("GalleryBuilderRole", "Query", query("R#a#G#0"))).toBe(true);
  expect(allowed("GalleryBuilderRole", "Query", query("R#a#L#0", "GSI1"))).toBe(false);
  expect(allowed("GalleryBuilderRole", "GetItem", { Key: item("R#a") })).toBe(false);
  expect(allowed("GalleryBuilderRole", "PutItem", { Item: item("R#a") })).toBe(false);
  expect(allowed("GalleryBuilderRole", "DeleteItem", { Key: item("R#a#S#ann") })).toBe(false);
  for (const PK of ["R#a#Y#", "R#a#Y#uid"]) {
    expect(allowed("GalleryBuilderRole", "GetItem", { Key: item(PK) })).toBe(true);
    expect(allowed("GalleryBuilderRole", "PutItem", { Item: item(PK) })).toBe(true);
    expect(allowed("GalleryBuilderRole", "DeleteItem", { Key: item(PK) })).toBe(true);
  }
  expect(allowed("GalleryBuilderRole", "PutObject", { Key: "galleries/reg_a/m/1" })).toBe(true);
  expect(allowed("GalleryBuilderRole", "GetObject", { Key: "clips/reg_a/u/c" })).toBe(false);
});

test("lets only the functions that decide and enroll read template keys, and none delete them", () => {
  const Key = "templates/reg_a/1";
  const readers = ["ApiRole", "UploadWorkerRole", "JobWorkerRole"];
  for (const role of [...readers, "AdminRole", "GalleryBuilderRole", "SweeperRole"]) {
    expect([role, allowed(role, "GetObject", { Key })]).toEqual([role, readers.includes(role)]);
    expect([role, allowed(role, "PutObject", { Key })]).toEqual([role, role === "AdminRole"]);
    expect([role, allowed(role, "DeleteObject", { Key, VersionId: "1" })]).toEqual([role, false]);
  }
});

test("limits objects to the prefixes of a role, and deletes them only by version", () => {
  expect(allowed("ApiRole", "PutObject", { Key: "clips/reg_a/u/c" })).toBe(true);
  expect(allowed("ApiRole", "DeleteObject", { Key: "clips/reg_a/u/c", VersionId: "1" })).toBe(true);
  expect(allowed("ApiRole", "DeleteObject", { Key: "clips/reg_a/u/c" })).toBe(false);
  expect(allowed("ApiRole", "PutObject", { Key: "galleries/reg_a/m/1" })).toBe(false);
  expect(allowed("ApiRole", "PutObject", { Key: "anything" })).toBe(false);
  expect(allowed("SweeperRole", "PutObject", { Key: "uploads/reg_a/u" })).toBe(false);
  expect(allowed("ApiRole", "ListObjectVersions", { Prefix: "clips/reg_a/" })).toBe(true);
  expect(allowed("ApiRole", "ListObjectVersions", {})).toBe(false);
  expect(allowed("ApiRole", "ListObjectVersions", { Prefix: "galleries/reg_a/" })).toBe(false);
});

test("keeps a bound client from sending what its role does not allow", async () => {
  const client = new DynamoDBClient({
    region: "eu-central-1",
    endpoint: "http://127.0.0.1:1",
    maxAttempts: 1,
  });
  const used = new Set<string>();
  bindTo(policyOf("GalleryBuilderRole"), used, [client]);
  const refused = client.send(new DeleteItemCommand({ TableName: "t", Key: item("R#a") }));
  await expect(refused).rejects.toMatchObject({ name: "AccessDeniedException" });
  await expect(client.send(new ScanCommand({ TableName: "t" }))).rejects.toThrow(/no rule for Scan/);
  const sent = client.send(new QueryCommand({ TableName: "t", ...query("R#a#G#0") }));
  await expect(sent).rejects.not.toMatchObject({ name: "AccessDeniedException" });
  expect([...used]).toEqual(["dynamodb:DeleteItem", "dynamodb:Query"]);
  client.destroy();
});
