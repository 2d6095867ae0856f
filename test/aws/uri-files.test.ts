import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { parseLine } from "../../functions/http/body/manifest.ts";
import { uriFiles } from "../../lib/adapters/shared/uri-files.ts";
import { systemClock } from "../../lib/adapters/shared/world.ts";
import { objectsUnder } from "../../lib/adapters/uri/s3.ts";
import { startJob } from "../../lib/domain/job/job.ts";
import { readJob } from "../../lib/domain/job/read.ts";
import { workOnJob } from "../../lib/domain/job/work.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { fileAt } from "../../lib/domain/upload/uri-file.ts";
import { AppError } from "../../lib/error.ts";
import type { Services } from "../../lib/ports/services.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { awsPlace, createBucket, standInClients } from "../support/aws.ts";
import { fakeClip } from "../support/fake-embedder.ts";

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

const wavOf = (text: string) => new Uint8Array(fakeClip(text).bytes);
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

  test("a job reads its manifest once in a few ranges, and each clip when its line is due", async () => {
    if (!standIns) throw new RangeError("no servers");
    const lines = 200;
    const keyOf = (i: number) => `calls/clip-${i}.wav`;
    const clips = Array.from({ length: lines }, (_, i) => [keyOf(i), wavOf(`voice=v${i} take=1`)] as const);
    const { files, put, uri } = await bucketOf(Object.fromEntries(clips));
    const place = await awsPlace(standIns);
    const services = place.open();
    const registry = await ensureRegistry(services, "test");
    const { registryId } = registry;
    // Lines that fail are cheap: 7 MiB of them, and a clip in every tenth line.
    const failing = JSON.stringify({ speaker: "x", audio: { base64: "AAAA" }, junk: "x".repeat(40_000) });
    const line = (i: number) =>
      i % 10 === 0 ? JSON.stringify({ speaker: `s${i}`, audio: { uri: uri(keyOf(i)) } }) : failing;
    await put("calls/lines.jsonl", bytesOf(Array.from({ length: lines }, (_, i) => line(i)).join("\n")));
    const read: [string, number, number][] = [];
    const noting: Services = {
      ...services,
      uriFiles: {
        ...files,
        async read(at, range) {
          const { done = 0 } = (await services.jobs.get(registryId, job.id)) ?? {};
          read.push([at.slice(uri("calls/").length), range.from, done]);
          return files.read(at, range);
        },
      },
    };
    const job = await startJob(noting, { registryId, kind: "enroll-batch", uri: uri("calls/lines.jsonl") });
    while ((await workOnJob({ ...noting, parseLine }, { registryId, jobId: job.id })) === "more");
    const { job: done } = await readJob(services, { registryId, jobId: job.id, limit: 1 });
    expect(done).toMatchObject({ state: "done", total: lines, succeeded: 20, failed: 180, problem: null });
    const ofManifest = read.filter(([name]) => name === "lines.jsonl");
    expect(ofManifest.map(([, from]) => from)).toEqual(ofManifest.map((_, i) => i * 1024 * 1024));
    expect(ofManifest).toHaveLength(7);
    const ofClips = read.filter(([name]) => name !== "lines.jsonl");
    expect(ofClips).toEqual(Array.from({ length: 20 }, (_, i) => [`clip-${i * 10}.wav`, 0, i * 10]));
  });
});
