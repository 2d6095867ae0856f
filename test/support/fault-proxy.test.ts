import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, onTestFinished, test } from "vitest";
import { FAULTS, type Fault, faultProxy, operationOf } from "./fault-proxy.ts";

/**
 * A service that accepts and counts every call, behind the proxy, and an SDK client in front of it.
 */
async function staged() {
  let served = 0;
  const service = createServer((incoming, outgoing) => {
    incoming.resume().on("end", () => {
      served++;
      outgoing.writeHead(200, { "Content-Type": "application/x-amz-json-1.0" }).end('{"Attributes":{}}');
    });
  });
  service.listen(0, "127.0.0.1");
  await once(service, "listening");
  const proxy = await faultProxy(`http://127.0.0.1:${(service.address() as AddressInfo).port}`);
  const client = new DynamoDBClient({
    endpoint: proxy.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 3,
    requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
  });
  onTestFinished(async () => {
    client.destroy();
    await proxy.close();
    service.close();
  });
  const put = () => client.send(new PutItemCommand({ TableName: "table", Item: { PK: { S: "a" } } }));
  const get = () => client.send(new GetItemCommand({ TableName: "table", Key: { PK: { S: "a" } } }));
  return { proxy, put, get, served: () => served };
}

const reaches: readonly Fault[] = ["hang-after", "reset-after", "truncate"];

test.each(FAULTS)("%s: the SDK sees a fault, its next attempt gets through", async (fault) => {
  const { proxy, put, served } = await staged();
  proxy.spoil({ operation: "PutItem", nth: 1, fault, attempts: "first" });
  await put();
  expect(proxy.calls()).toMatchObject([{ operation: "PutItem", nth: 1, attempts: 2 }]);
  expect(served()).toBe(reaches.includes(fault) ? 2 : 1);
});

test.each(FAULTS)("%s on every attempt: the SDK gives up after its third", async (fault) => {
  const { proxy, put, served } = await staged();
  proxy.spoil({ operation: "PutItem", nth: 1, fault, attempts: "all" });
  await expect(put()).rejects.toThrow();
  expect(proxy.calls()).toMatchObject([{ attempts: 3 }]);
  expect(served()).toBe(reaches.includes(fault) ? 3 : 0);
});

test("only the nth call of the operation gets the fault, counted from each `spoil`", async () => {
  const { proxy, put, get } = await staged();
  for (let round = 0; round < 2; round++) {
    proxy.spoil({ operation: "GetItem", nth: 2, fault: "throttle", attempts: "all" });
    await put();
    await get();
    await expect(get()).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
    await get();
    expect(proxy.calls().map(({ operation, nth, attempts }) => [operation, nth, attempts])).toEqual([
      ["PutItem", 1, 1],
      ["GetItem", 1, 1],
      ["GetItem", 2, 3],
      ["GetItem", 3, 1],
    ]);
  }
});

test("S3 calls are named by method and URL", () => {
  expect(operationOf("PUT", "/bucket/clips/a?x-id=PutObject", {})).toBe("PutObject");
  expect(operationOf("GET", "/bucket?list-type=2&prefix=clips", {})).toBe("ListObjectsV2");
  expect(operationOf("GET", "/bucket?versions", {})).toBe("ListObjectVersions");
  expect(operationOf("POST", "/bucket?delete", {})).toBe("DeleteObjects");
  expect(operationOf("HEAD", "/bucket/clips/a", {})).toBe("HeadObject");
});
