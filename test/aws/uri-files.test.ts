import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { uriFiles } from "../../lib/adapters/shared/uri-files.ts";
import { systemClock } from "../../lib/adapters/shared/world.ts";
import { objectsUnder } from "../../lib/adapters/uri/s3.ts";
import { fileAt } from "../../lib/domain/upload/uri-file.ts";
import { AppError } from "../../lib/error.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { createBucket, standInClients } from "../support/aws.ts";

const standIns = inject("standIns");
const MIB = 1024 * 1024;

async function bucketOf(objects: Readonly<Record<string, Uint8Array>>) {
  if (!standIns) throw new RangeError("no servers");
  const { s3 } = standInClients(standIns);
  onTestFinished(() => s3.destroy());
  const Bucket = await createBucket(s3);
  const put = (Key: string, Body: Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  for (const [key, bytes] of Object.entries(objects)) await put(key, bytes);
  const files = uriFiles([
    objectsUnder(`s3://${Bucket}/calls/`, s3, systemClock),
    objectsUnder("s3://no-such-bucket/", s3, systemClock),
  ]);
  return { files, put, uri: (key: string) => `s3://${Bucket}/${key}` };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const slugOf = (work: Promise<unknown>) =>
  work.then(
    () => "read",
    (error) => (error instanceof AppError ? error.slug : String(error)),
  );

describe.skipIf(!standIns)("files at s3:// URIs", () => {
  test("reads ranges of objects, whose keys are used as they are", async () => {
    const key = "calls/a b%20ü.wav";
    const { files, uri } = await bucketOf({ [key]: bytesOf("0123456789"), "calls/empty": bytesOf("") });
    const found = await files.read(uri(key), { from: 2, to: 5 });
    expect([Buffer.from(found.bytes).toString(), found.size]).toEqual(["234", 10]);
    const rest = await files.read(uri(key), { from: 5, to: 100, version: found.version });
    expect(Buffer.from(rest.bytes).toString()).toBe("56789");
    expect(await files.read(uri("calls/empty"), { from: 0, to: 5 })).toMatchObject({ size: 0 });
  });

  test("reads a large object to disk, a small one into memory", async () => {
    const large = new Uint8Array(25 * MIB).fill(7);
    const { files, uri } = await bucketOf({ "calls/large": large, "calls/small": bytesOf("x") });
    const needs = { uriFiles: files };
    expect(await fileAt(needs, uri("calls/small"))).toEqual({ bytes: bytesOf("x") });
    const file = await fileAt(needs, uri("calls/large"));
    if (!("path" in file)) throw new RangeError("not on disk");
    expect(file.sha256).toBe(sha256Of(large));
    await file.remove();
  });

  test("an object that isn't there is not found; one outside the prefixes is refused unread", async () => {
    const { files, uri } = await bucketOf({ "calls/a": bytesOf("a"), "other/a": bytesOf("a") });
    const range = { from: 0, to: 10 };
    expect(await slugOf(files.read(uri("calls/b"), range))).toBe("file-not-found");
    expect(await slugOf(files.read("s3://no-such-bucket/a", range))).toBe("file-not-found");
    const outside = ["other/a", "calls", "calls/../other/a", "calls/./a", "calls-2/a"].map(uri);
    for (const one of [...outside, "s3://calls/a", "https://example.com/calls/a"])
      expect([one, await slugOf(files.read(one, range))]).toEqual([one, "file-not-allowed"]);
  });

  test("an object that is replaced while it is read has changed", async () => {
    const { files, put, uri } = await bucketOf({ "calls/a": bytesOf("before") });
    const { version } = await files.read(uri("calls/a"), { from: 0, to: 3 });
    await put("calls/a", bytesOf("after!"));
    expect(await slugOf(files.read(uri("calls/a"), { from: 3, to: 6, version }))).toBe("file-changed");
    expect(await slugOf(files.copy(uri("calls/a"), version))).toBe("file-changed");
  });
});
