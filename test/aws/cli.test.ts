import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { ROOT, runNode, temporaryFolder } from "../cli/run.ts";
import { awsPlace } from "../support/aws.ts";

const standIns = inject("standIns");
const SAMPLES = join(ROOT, "samples");

test.each(standIns ? [standIns] : [])(
  "the CLI works on a deployed registry as it does on a folder",
  { timeout: 240_000 },
  async (at) => {
    const { table, bucket } = await awsPlace(at);
    const env = {
      VOICEROLL_TABLE: table,
      VOICEROLL_BUCKET: bucket,
      VOICEROLL_KMS_KEY_ID: "alias/voiceroll",
      VOICEROLL_JOB_QUEUE_URL: `${at.s3}/123456789012/jobs`,
      VOICEROLL_SECRET: Buffer.alloc(32, 3).toString("base64"),
      VOICEROLL_DATA: temporaryFolder(),
      AWS_ENDPOINT_URL_DYNAMODB: at.dynamodb,
      AWS_ENDPOINT_URL_S3: at.s3,
      AWS_ENDPOINT_URL_SQS: at.s3,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "voiceroll",
      AWS_SECRET_ACCESS_KEY: "voiceroll",
    };
    const command = (args: string[], more: NodeJS.ProcessEnv = {}) =>
      runNode([join(ROOT, "cli/voiceroll.ts"), ...args], { ...env, ...more });

    const made = await command(["keys", "create"]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^vr_/) });
    const clips = [1, 2, 3, 4].map((n) => join(SAMPLES, `awb/${n}.wav`));
    const enrolled = await command(["enroll", "awb", ...clips]);
    expect(enrolled, enrolled.stderr).toMatchObject({ code: 0 });
    const asked = await command(["verify", "awb", join(SAMPLES, "awb/5.wav"), "--json"]);
    expect(JSON.parse(asked.stdout)).toMatchObject({ decision: "accept" });
    const other = await command(["verify", "awb", join(SAMPLES, "rms/5.wav"), "--json"]);
    expect(JSON.parse(other.stdout)).toMatchObject({ decision: "reject" });

    const strange = await command(["verify", "awb", clips[0]], { VOICEROLL_MODEL: "models/none" });
    expect(strange).toMatchObject({ code: 70, stderr: expect.stringContaining("models/none") });
    const lacking = await command(["speakers", "list"], { VOICEROLL_BUCKET: "" });
    expect(lacking).toMatchObject({ code: 2, stderr: expect.stringContaining("VOICEROLL_BUCKET") });
  },
);
