import { S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { s3Blobs } from "../../lib/adapters/aws/blobs.ts";
import { s3UploadFiles } from "../../lib/adapters/aws/upload-files.ts";
import { anUpload } from "../contract/upload-store.ts";
import { fakeClock } from "../support/fake-world.ts";

type Policy = { expiration: string; conditions: unknown[] };

/** S3 enforces the policy and its stand-in doesn't, so this test signs a form and sends nothing. */
test("the form allows one key, type, size and encryption key, for five minutes", async () => {
  const client = new S3Client({
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
  });
  const [bucket, kmsKeyId] = ["a-bucket", "arn:aws:kms:eu-central-1:1:key/2"];
  const files = s3UploadFiles(client, {
    bucket,
    kmsKeyId,
    blobs: s3Blobs(client, bucket),
    clock: fakeClock(),
  });
  const before = Date.now();
  const { url, fields } = await files.form(anUpload(1, { bytes: 4321, mediaType: "audio/flac" }));
  expect(new URL(url).host).toContain(bucket);
  const policy = JSON.parse(Buffer.from(fields.Policy, "base64").toString()) as Policy;
  expect(policy.conditions).toEqual(
    expect.arrayContaining([
      ["content-length-range", 4321, 4321],
      { bucket },
      { key: "uploads/reg_here/upl_a" },
      { "Content-Type": "audio/flac" },
      { "x-amz-server-side-encryption": "aws:kms" },
      { "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId },
    ]),
  );
  const seconds = (Date.parse(policy.expiration) - before) / 1000;
  expect(seconds).toBeGreaterThan(290);
  expect(seconds).toBeLessThan(310);
  // S3 rejects a form with a field that isn't in the policy, other than the policy and its
  // signature.
  const named = policy.conditions.flatMap((one) => (Array.isArray(one) ? [] : Object.keys(one as object)));
  expect(
    Object.keys(fields)
      .filter((name) => !named.includes(name))
      .sort(),
  ).toEqual(["Policy", "X-Amz-Signature"]);
});
