/** `npm start` on DynamoDB, S3 and SQS: the whole server, with the workers of its queues. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { ROOT, runNode, temporaryFolder } from "../cli/run.ts";
import { type ServerProcess, startProcess } from "../functions/process.ts";
import type { StandIns } from "../support/stand-ins.ts";

const standIns = inject("standIns");
const clipOf = async (name: string) => new Uint8Array(await readFile(join(ROOT, `samples/${name}.wav`)));

/** Creates new stores as compose.aws.yaml does, and returns the server's environment. */
async function place(at: StandIns) {
  const name = `server-${process.pid}-${Math.trunc(performance.now())}`;
  const queue = (kind: string) => `${at.s3}/123456789012/${name}-${kind}`;
  const env = {
    VOICEROLL_STORE: "aws",
    VOICEROLL_TABLE: name,
    VOICEROLL_BUCKET: name,
    VOICEROLL_KMS_KEY_ID: "alias/voiceroll",
    VOICEROLL_JOB_QUEUE_URL: queue("jobs"),
    VOICEROLL_UPLOAD_QUEUE_URL: queue("uploads"),
    VOICEROLL_SECRET: Buffer.alloc(32, 3).toString("base64"),
    AWS_ENDPOINT_URL_DYNAMODB: at.dynamodb,
    AWS_ENDPOINT_URL_S3: at.s3,
    AWS_ENDPOINT_URL_SQS: at.s3,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "voiceroll",
    AWS_SECRET_ACCESS_KEY: "voiceroll",
  };
  for (const _ of ["first", "again"])
    expect(await runNode([join(ROOT, "infra/image/create-stores.ts")], env)).toMatchObject({
      code: 0,
      stderr: "",
    });
  return { env };
}

async function started(env: Record<string, string>): Promise<ServerProcess> {
  const server = await startProcess("functions/local.ts", env);
  onTestFinished(() => void server.child.kill("SIGKILL"));
  return server;
}

const caller =
  (key: string) =>
  async ({ url }: ServerProcess, method: string, path: string, body?: Uint8Array<ArrayBuffer> | object) => {
    const isAudio = body instanceof Uint8Array;
    const headers = {
      Authorization: `Bearer ${key}`,
      "Content-Type": isAudio ? "audio/wav" : "application/json",
    };
    const sent = body === undefined ? {} : { body: isAudio ? body : JSON.stringify(body) };
    const reply = await fetch(url + path, { method, headers, ...sent });
    return JSON.parse(await reply.text());
  };

/** Asks until the reply satisfies, four times a second. */
async function until<T>(ask: () => Promise<T>, satisfies: (reply: T) => boolean): Promise<T> {
  for (;;) {
    const reply = await ask();
    if (satisfies(reply)) return reply;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test.each(standIns ? [standIns] : [])(
  "enrolls, verifies, and works on jobs and uploads from its queues; a second server has the same speakers",
  { timeout: 240_000 },
  async (at) => {
    const { env } = await place(at);
    const data = temporaryFolder();
    const server = await started({ ...env, VOICEROLL_DATA: data });
    const call = caller((await readFile(join(data, "api-key"), "utf8")).trim());
    for (const take of [1, 2, 3, 4])
      await call(server, "POST", "/speakers/awb/enroll", await clipOf(`awb/${take}`));
    expect(await call(server, "POST", "/verify?speaker=awb", await clipOf("awb/5"))).toMatchObject({
      decision: "accept",
    });

    const base64 = Buffer.from(await clipOf("rms/1")).toString("base64");
    const lines = [{ speaker: "rms", audio: { base64 } }];
    const { id } = await call(server, "POST", "/jobs", { kind: "enroll-batch", lines });
    await until(
      () => call(server, "GET", `/jobs/${id}`),
      ({ job }) => job.state === "done",
    );
    expect((await call(server, "GET", "/speakers/rms")).clips).toBe(1);

    const clip = await clipOf("slt/1");
    const sha256 = createHash("sha256").update(clip).digest("hex");
    const announced = { mediaType: "audio/wav", bytes: clip.length, sha256, enroll: { speaker: "slt" } };
    const { upload, form } = await call(server, "POST", "/uploads", announced);
    const fields = new FormData();
    for (const [name, value] of Object.entries<string>(form.fields)) fields.append(name, value);
    fields.append("file", new Blob([clip]), "clip.wav");
    expect((await fetch(form.url, { method: "POST", body: fields })).ok).toBe(true);
    const settled = await until(
      () => call(server, "GET", `/uploads/${upload.id}`),
      ({ state }) => state === "enrolled" || state === "failed",
    );
    expect(settled.state).toBe("enrolled");

    const second = await started({ ...env, VOICEROLL_DATA: temporaryFolder() });
    expect(await call(second, "POST", "/verify?speaker=awb", await clipOf("awb/6"))).toMatchObject({
      decision: "accept",
    });
    for (const one of [server, second]) one.child.kill("SIGTERM");
    expect(await Promise.all([server.ended, second.ended])).toEqual([0, 0]);
  },
);

test.each(standIns ? [standIns] : [])(
  "says which variables are missing, and doesn't start",
  { timeout: 60_000 },
  async (at) => {
    const { env } = await place(at);
    const lacking = startProcess("functions/local.ts", { ...env, VOICEROLL_BUCKET: "" });
    await expect(lacking).rejects.toThrow(
      "ended with 1: voiceroll: set VOICEROLL_BUCKET in the environment.",
    );
  },
);
