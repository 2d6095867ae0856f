import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, inject, test } from "vitest";
import { s3Blobs } from "../../lib/adapters/aws/blobs.ts";
import { s3UploadFiles } from "../../lib/adapters/aws/upload-files.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { storedRecording } from "../../lib/domain/speaker/recording.ts";
import type { Services } from "../../lib/ports/services.ts";
import { speakerId } from "../contract/store.ts";
import { bytesOf, clientOf, json } from "../functions/client.ts";
import { uploaded } from "../functions/upload.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { fakeClock } from "../support/fake-world.ts";

const standIns = inject("standIns");

/** A client of the API, and one of the bucket that goes past the service. */
async function both() {
  if (!standIns) throw new RangeError("no servers");
  const { bucket, clock, open } = await awsPlace(standIns);
  const services = open();
  const registry = await ensureRegistry(services, "test");
  const { registryId } = registry;
  const clientWith = (given: Services) => clientOf({ ...given, clock, registry, registryId, folder: "" });
  const { s3 } = standInClients(standIns);
  const versions = async (Prefix: string) => {
    const found = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix }));
    return [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])];
  };
  const overwrite = (Key: string, Body: Uint8Array) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  return { services, registry, registryId, clientWith, bucket, s3, versions, overwrite };
}

describe.skipIf(!standIns)("a bucket that keeps versions", () => {
  test("reads an enrolled clip in the version that was enrolled, and erases every version", async () => {
    const { services, registry, registryId, clientWith, bucket, s3, versions, overwrite } = await both();
    const c = await clientWith(services);
    await c.enroll("ann", "1");
    const ann = { registry, registryId, speakerId: speakerId("ann") };
    const clipId = (await services.speakers.get(registryId, ann.speakerId))?.clips[0].clipId ?? "clp_";
    const before = await storedRecording(services, { ...ann, clipId });
    const [{ Key = "" }] = await versions(`clips/`);
    await overwrite(Key, bytesOf("voice=bob take=1"));
    expect(await versions(`clips/`)).toHaveLength(2);
    const after = await storedRecording(services, { ...ann, clipId });
    expect(Buffer.compare(after.bytes, before.bytes)).toBe(0);
    // By hand: to a list of keys it is gone.
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    expect(await services.clips.list(registryId)).toEqual([]);
    await eraseSpeaker(services, ann);
    expect(await versions(`clips/`)).toEqual([]);
  });

  test("fsck reports recordings that were overwritten or deleted by hand, and restores them", async () => {
    const { services, registryId, clientWith, bucket, s3, versions, overwrite } = await both();
    const c = await clientWith(services);
    await c.enroll("ann", "1", "2", "3");
    const [one, two] = (await versions("clips/")).map(({ Key = "" }) => Key);
    await overwrite(one, bytesOf("voice=bob take=1"));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: two }));
    const kinds = async (repair: boolean) =>
      (await fsck(services, { repair })).findings.map(({ kind, repaired }) => [kind, repaired]);
    expect(await kinds(false)).toEqual(Array(2).fill(["audio-superseded", false]));
    expect(await kinds(true)).toEqual(Array(2).fill(["audio-superseded", true]));
    expect(await kinds(false)).toEqual([]);
    expect(await services.clips.list(registryId)).toHaveLength(3);
  });

  test("deleting a clip leaves no version, even if its object was deleted by hand before", async () => {
    const { services, registry, clientWith, bucket, s3, versions } = await both();
    const c = await clientWith(services);
    await c.enroll("ann", "1", "2");
    const [one] = await versions("clips/");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: one.Key }));
    const { bytes } = await storedRecording(services, {
      registry,
      speakerId: speakerId("ann"),
      clipId: one.Key?.split("/")[3] ?? "",
    });
    expect(bytes.length).toBeGreaterThan(0);
    expect(await versions(one.Key ?? "")).toHaveLength(2);
    expect((await c.call("DELETE", `/speakers/ann/clips/${one.Key?.split("/")[3]}`)).status).toBe(200);
    expect(await versions(one.Key ?? "")).toEqual([]);
    expect(await versions("clips/")).toHaveLength(1);
  });

  test("does not use a file that is replaced while it is being used", async () => {
    const { services, registryId, clientWith, overwrite } = await both();
    const replaced: string[] = [];
    const c = await clientWith({
      ...services,
      uploadFiles: {
        ...services.uploadFiles,
        async head(registry, uploadId) {
          const found = await services.uploadFiles.head(registry, uploadId);
          const key = `uploads/${registryId}/${uploadId}`;
          if (!replaced.includes(key)) await overwrite(key, bytesOf("voice=eve take=1"));
          replaced.push(key);
          return found;
        },
      },
    });
    const upload = await uploaded(c, "voice=ann take=1");
    const body = JSON.stringify({ audio: { upload } });
    const sent = await c.call("POST", "/speakers/ann/enroll", { headers: json, body });
    expect([sent.status, sent.body.type]).toEqual([409, expect.stringMatching(/upload-changed$/)]);
    expect(replaced).toEqual([`uploads/${registryId}/${upload}`]);
    expect(await services.speakers.get(registryId, speakerId("ann"))).toBeUndefined();
    expect(await services.clips.list(registryId)).toEqual([]);
  });

  test("a bucket without versions returns none, and is read by key", async () => {
    const { bucket, s3 } = await both();
    const Bucket = `${bucket}-plain`;
    const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const blobs = s3Blobs(s3, Bucket);
    expect(await blobs.put("a", bytesOf("one"))).toEqual({ version: undefined });
    expect((await blobs.get("a"))?.bytes).toHaveLength(bytesOf("one").length);
    await blobs.remove("a");
    expect(await blobs.get("a")).toBeUndefined();

    const files = s3UploadFiles(s3, { bucket: Bucket, blobs, clock: fakeClock(), kmsKeyId: undefined });
    await blobs.put("uploads/reg_a/upl_a", bytesOf("first"));
    const { version = "" } = (await files.head("reg_a", "upl_a")) ?? {};
    expect(await files.read("reg_a", "upl_a", version)).toHaveLength(bytesOf("first").length);
    await blobs.put("uploads/reg_a/upl_a", bytesOf("other"));
    expect(await files.read("reg_a", "upl_a", version)).toBeUndefined();
  });
});
