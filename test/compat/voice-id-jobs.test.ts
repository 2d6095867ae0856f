/**
 * Runs speaker enrollment jobs of Amazon's Voice ID client against a real server with its files.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  DescribeSpeakerCommand,
  DescribeSpeakerEnrollmentJobCommand,
  type EnrollmentConfig,
  ListSpeakerEnrollmentJobsCommand,
  type SpeakerEnrollmentJob,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from "@aws-sdk/client-voice-id";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { enrollmentOutput } from "../../lib/domain/job/voice-id-output.ts";
import { ROOT, type ServerProcess, startProcess } from "../functions/process.ts";
import { documentedProxy } from "./documented-proxy.ts";

const DomainId = "abcdefghijklmnopqrstuv";
let server: ServerProcess;
let proxy: Awaited<ReturnType<typeof documentedProxy>>;
let folder = "";
let key = "";
let client: VoiceIDClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voiceroll-voice-id-jobs-"));
  await mkdir(join(folder, "calls"));
  for (const voice of ["awb", "kal", "rms", "slt"])
    await cp(join(ROOT, "samples", voice), join(folder, "calls", voice), { recursive: true });
  server = await startProcess("functions/local.ts", {
    VOICEROLL_DATA: join(folder, "data"),
    VOICEROLL_FILE_PREFIXES: pathToFileURL(`${join(folder, "calls")}/`).href,
  });
  key = (await readFile(join(folder, "data/api-key"), "utf8")).trim();
  proxy = await documentedProxy(server.url);
  client = new VoiceIDClient({
    endpoint: `${proxy.url}/compat/voice-id`,
    region: "us-east-1",
    credentials: { accessKeyId: key, secretAccessKey: "anything" },
  });
});
afterAll(async () => {
  proxy.close();
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

const uriOf = (name: string) => pathToFileURL(join(folder, "calls", name)).href;
const entry = (RequestId: string, SpeakerId: string, files: readonly string[]) => ({
  ...{ RequestId, SpeakerId },
  AudioSpecifications: files.map((file) => ({ S3Uri: uriOf(`${file}.wav`), ChannelId: 0 })),
});
const takes = (voice: string, numbers: readonly number[]) => numbers.map((one) => `${voice}/${one}`);

async function started(
  manifest: object | string,
  { config, token }: { config?: EnrollmentConfig; token?: string } = {},
): Promise<SpeakerEnrollmentJob> {
  const name = `${crypto.randomUUID()}.json`;
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  await writeFile(join(folder, "calls", name), text);
  return startedAt(uriOf(name), { config, token });
}

async function startedAt(
  S3Uri: string,
  { config, token }: { config?: EnrollmentConfig | undefined; token?: string | undefined } = {},
): Promise<SpeakerEnrollmentJob> {
  const { Job } = await client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId,
      JobName: "night",
      DataAccessRoleArn: "arn:aws:iam::111122223333:role/voice-id",
      InputDataConfig: { S3Uri },
      OutputDataConfig: { S3Uri: "s3://results/out" },
      ...(token ? { ClientToken: token } : {}),
      ...(config ? { EnrollmentConfig: config } : {}),
    }),
  );
  return Job ?? {};
}

/** Waits until a job is over. */
async function ended({ JobId }: SpeakerEnrollmentJob): Promise<SpeakerEnrollmentJob> {
  for (;;) {
    const { Job } = await client.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
    if (Job?.EndedAt) return Job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function outputOf({ JobId }: SpeakerEnrollmentJob) {
  const headers = { Authorization: `Bearer ${key}` };
  const reply = await fetch(`${proxy.url}/compat/voice-id/output/${JobId}`, { headers });
  return (await reply.json()) as ReturnType<typeof enrollmentOutput>;
}

const manifestOf = (...SpeakerEnrollmentRequests: object[]) => ({
  Version: "1.0",
  SpeakerEnrollmentRequests,
});

async function clipsOf(speaker: string): Promise<string[]> {
  const reply = await fetch(`${server.url}/speakers/${speaker}/clips`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  const { clips } = (await reply.json()) as { clips: { id: string }[] };
  return clips.map(({ id }) => id);
}

test("a job enrolls what its manifest lists, and its output names each request", async () => {
  const job = await started(
    manifestOf(
      entry("r1", "awb", takes("awb", [1, 2, 3, 4])),
      entry("r2", "kal", takes("kal", [1])),
      entry("r3", "no such name", takes("kal", [1])),
      entry("r4", "rms", takes("rms", [99])),
    ),
  );
  expect(job).toMatchObject({
    ...{ JobName: "night", DomainId, JobStatus: "SUBMITTED" },
    DataAccessRoleArn: "arn:aws:iam::111122223333:role/voice-id",
    EnrollmentConfig: { ExistingEnrollmentAction: "SKIP" },
  });
  const over = await ended(job);
  expect(over).toMatchObject({ JobStatus: "COMPLETED_WITH_ERRORS", JobProgress: { PercentComplete: 100 } });
  expect(await outputOf(job)).toEqual({
    Version: "1.0",
    Errors: [
      {
        RequestId: "r2",
        ErrorCode: 400,
        ErrorMessage: expect.stringMatching(/enough speech.*more are needed/),
      },
      { RequestId: "r3", ErrorCode: 400, ErrorMessage: expect.stringContaining("not a valid speaker ID") },
      { RequestId: "r4", ErrorCode: 400, ErrorMessage: expect.stringMatching(/file/i) },
    ],
    SuccessfulEnrollments: [
      {
        RequestId: "r1",
        CustomerSpeakerId: "awb",
        GeneratedSpeakerId: expect.stringMatching(/^spk_/),
        EnrollmentStatus: "NEW_ENROLLMENT",
      },
    ],
  });
  const { Speaker } = await client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId: "awb" }));
  expect(Speaker?.Status).toBe("ENROLLED");
}, 120_000);

test("SKIP leaves an enrolled speaker as it is, and OVERWRITE replaces its clips", async () => {
  await ended(await started(manifestOf(entry("first", "slt", takes("slt", [1, 2, 3, 4])))));
  const before = await clipsOf("slt");
  expect(before).toHaveLength(4);
  const manifest = manifestOf(entry("again", "slt", takes("slt", [5, 6])));
  const skipped = await started(manifest);
  expect(await ended(skipped)).toMatchObject({ JobStatus: "COMPLETED" });
  expect((await outputOf(skipped)).SuccessfulEnrollments).toMatchObject([
    { RequestId: "again", EnrollmentStatus: "DUPLICATE_SKIPPED" },
  ]);
  expect(await clipsOf("slt")).toEqual(before);
  const config = { ExistingEnrollmentAction: "OVERWRITE" } as const;
  const replaced = await started(manifestOf(entry("again", "slt", takes("slt", [3, 4, 5, 6]))), { config });
  expect(await ended(replaced)).toMatchObject({ JobStatus: "COMPLETED", EnrollmentConfig: config });
  expect((await outputOf(replaced)).SuccessfulEnrollments).toMatchObject([
    { EnrollmentStatus: "ENROLLMENT_OVERWRITE" },
  ]);
  const after = await clipsOf("slt");
  expect(after).toHaveLength(4);
  expect(after.filter((clip) => before.includes(clip)).length).toBe(2);
  // One clip has too little speech to replace the others.
  await ended(await started(manifestOf(entry("short", "slt", takes("slt", [1]))), { config }));
  expect(await clipsOf("slt")).toHaveLength(5);
}, 120_000);

test("a repeated request with the same token gets the first one's job", async () => {
  const [first, again] = [await started("{}", { token: "once" }), await started("{}", { token: "once" })];
  expect(again.JobId).toBe(first.JobId);
  expect((await started("{}")).JobId).not.toBe(first.JobId);
});

test("a job whose manifest can't be used fails, and says why", async () => {
  const broken = await ended(await started('{"Version": "1.0"}'));
  expect(broken).toMatchObject({ JobStatus: "FAILED", FailureDetails: { StatusCode: 400 } });
  expect(broken.FailureDetails?.Message).toContain("SpeakerEnrollmentRequests");
  const missing = await ended(await startedAt(uriOf("missing.json")));
  expect(missing).toMatchObject({ JobStatus: "FAILED", FailureDetails: { StatusCode: 400 } });
  await expect(startedAt("s3://elsewhere/input.json")).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
});

test("fraud detection is refused unless it is turned off", async () => {
  const manifest = manifestOf(entry("r", "rms", takes("rms", [1])));
  const config = { FraudDetectionConfig: { FraudDetectionAction: "FAIL", RiskThreshold: 50 } } as const;
  await expect(started(manifest, { config })).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("FraudDetectionAction IGNORE"),
  });
  const off = await started(manifest, {
    config: { FraudDetectionConfig: { FraudDetectionAction: "IGNORE" } },
  });
  expect(off.EnrollmentConfig?.FraudDetectionConfig?.FraudDetectionAction).toBe("IGNORE");
});

test("lists jobs page by page, newest first, and by status", async () => {
  const first = await client.send(new ListSpeakerEnrollmentJobsCommand({ DomainId, MaxResults: 2 }));
  expect(first.JobSummaries).toHaveLength(2);
  const next = await client.send(
    new ListSpeakerEnrollmentJobsCommand({ DomainId, MaxResults: 2, NextToken: first.NextToken }),
  );
  const all = [...(first.JobSummaries ?? []), ...(next.JobSummaries ?? [])];
  const times = all.map(({ CreatedAt }) => CreatedAt?.getTime() ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(new Set(all.map(({ JobId }) => JobId)).size).toBe(4);
  const errors = new ListSpeakerEnrollmentJobsCommand({ DomainId, JobStatus: "COMPLETED_WITH_ERRORS" });
  const { JobSummaries } = await client.send(errors);
  expect(JobSummaries?.map(({ JobStatus }) => JobStatus)).toEqual(["COMPLETED_WITH_ERRORS"]);
  const other = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: "job_0" });
  await expect(client.send(other)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    ResourceType: "BATCH_JOB",
  });
});

test("requests and replies are as the OpenAPI document says", () => {
  expect(proxy.faults).toEqual([]);
  const jobs = [...proxy.seen].filter((name) => /Job|Output/.test(name)).toSorted();
  expect(jobs).toEqual([
    "DescribeSpeakerEnrollmentJob",
    "ListSpeakerEnrollmentJobs",
    "StartSpeakerEnrollmentJob",
    "readOutput",
  ]);
});
