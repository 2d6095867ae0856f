/** A speaker enrollment job of Amazon's Voice ID client, with its manifest and recordings in S3. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  DescribeSpeakerEnrollmentJobCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from "@aws-sdk/client-voice-id";
import { expect, inject, onTestFinished, test } from "vitest";
import { ROOT, startProcess } from "../functions/process.ts";
import { createBucket, standInClients } from "../support/aws.ts";

const standIns = inject("standIns");
const DomainId = "abcdefghijklmnopqrstuv";

/** A bucket with the samples of a voice and a manifest. */
async function bucketWithManifest(endpoint: { dynamodb: string; s3: string }): Promise<string> {
  const { s3 } = standInClients(endpoint);
  onTestFinished(() => s3.destroy());
  const Bucket = await createBucket(s3);
  const put = (Key: string, Body: Uint8Array | string) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const takes = [1, 2, 3, 4];
  for (const take of takes)
    await put(`calls/${take}.wav`, await readFile(join(ROOT, `samples/awb/${take}.wav`)));
  const AudioSpecifications = takes.map((take) => ({
    S3Uri: `s3://${Bucket}/calls/${take}.wav`,
    ChannelId: 0,
  }));
  const outside = [{ S3Uri: "s3://elsewhere/1.wav", ChannelId: 0 }];
  const SpeakerEnrollmentRequests = [
    { RequestId: "r1", SpeakerId: "awb", AudioSpecifications },
    { RequestId: "r2", SpeakerId: "kal", AudioSpecifications: outside },
  ];
  await put("calls/input.json", JSON.stringify({ Version: "1.0", SpeakerEnrollmentRequests }));
  return Bucket;
}

async function serverWith(bucket: string, s3: string) {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-voice-id-s3-"));
  const server = await startProcess("functions/local.ts", {
    VOICEROLL_DATA: folder,
    VOICEROLL_FILE_PREFIXES: `s3://${bucket}/calls/`,
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
  });
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await server.ended;
    await rm(folder, { recursive: true, force: true });
  });
  return { url: server.url, key: (await readFile(join(folder, "api-key"), "utf8")).trim() };
}

test.skipIf(!standIns)("the old client's job reads its manifest and recordings from S3", async () => {
  if (!standIns) throw new RangeError("no servers");
  const bucket = await bucketWithManifest(standIns);
  const { url, key } = await serverWith(bucket, standIns.s3);
  const client = new VoiceIDClient({
    endpoint: `${url}/compat/voice-id`,
    region: "us-east-1",
    credentials: { accessKeyId: key, secretAccessKey: "anything" },
  });
  const { Job } = await client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId,
      DataAccessRoleArn: "arn:aws:iam::111122223333:role/voice-id",
      InputDataConfig: { S3Uri: `s3://${bucket}/calls/input.json` },
      OutputDataConfig: { S3Uri: `s3://${bucket}/results` },
    }),
  );
  const JobId = Job?.JobId;
  const read = async () =>
    (await client.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }))).Job?.JobStatus;
  await expect.poll(read, { timeout: 60_000 }).toBe("COMPLETED_WITH_ERRORS");
  const headers = { Authorization: `Bearer ${key}` };
  const output = await (await fetch(`${url}/compat/voice-id/output/${JobId}`, { headers })).json();
  expect(output).toMatchObject({
    Errors: [{ RequestId: "r2", ErrorCode: 400 }],
    SuccessfulEnrollments: [
      { RequestId: "r1", CustomerSpeakerId: "awb", EnrollmentStatus: "NEW_ENROLLMENT" },
    ],
  });
});
