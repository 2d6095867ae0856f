import { expect, test } from "vitest";
import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";

const secret = Buffer.alloc(32, 7).toString("base64");
const whole = {
  VOICEROLL_TABLE: "table",
  VOICEROLL_BUCKET: "bucket",
  VOICEROLL_KMS_KEY_ID: "key",
  VOICEROLL_JOB_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/1/jobs",
  VOICEROLL_SECRET: secret,
};

test("reads a complete environment and defaults to the bundled model", () => {
  expect(lambdaEnvironment(whole)).toEqual({
    table: "table",
    bucket: "bucket",
    kmsKeyId: "key",
    jobQueueUrl: "https://sqs.eu-central-1.amazonaws.com/1/jobs",
    secret: new Uint8Array(32).fill(7),
    formerSecrets: [],
    model: undefined,
    metrics: "Voiceroll",
    eventBus: undefined,
    corsOrigins: [],
    filePrefixes: [],
  });
  const origins = { ...whole, CORS_ORIGINS: "https://a.example,https://b.example:8443" };
  expect(lambdaEnvironment(origins).corsOrigins).toEqual(["https://a.example", "https://b.example:8443"]);
  expect(lambdaEnvironment({ ...whole, VOICEROLL_MODEL: "./models/other" }).model).toBe("./models/other");
});

test("reads the former secrets, each of 32 bytes", () => {
  const former = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64"));
  const { formerSecrets } = lambdaEnvironment({ ...whole, VOICEROLL_FORMER_SECRETS: former.join(",") });
  expect(formerSecrets).toEqual([1, 2].map((byte) => new Uint8Array(32).fill(byte)));
  const short = { ...whole, VOICEROLL_FORMER_SECRETS: `${former[0]},AAAA` };
  expect(() => lambdaEnvironment(short)).toThrow(/VOICEROLL_FORMER_SECRETS has 3 bytes, not 32/);
});

test("names every missing or empty variable in one error", () => {
  expect(() => lambdaEnvironment({ ...whole, VOICEROLL_TABLE: "", VOICEROLL_BUCKET: undefined })).toThrow(
    /^voiceroll: set VOICEROLL_TABLE, VOICEROLL_BUCKET in the environment/,
  );
});

test("rejects a secret of the wrong length without printing it", () => {
  const short = Buffer.alloc(16, 7).toString("base64");
  const attempt = () => lambdaEnvironment({ ...whole, VOICEROLL_SECRET: short });
  expect(attempt).toThrow(/VOICEROLL_SECRET has 16 bytes, not 32/);
  expect(attempt).not.toThrow(short);
});
