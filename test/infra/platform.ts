import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
export const PLATFORM = join(ROOT, ".sst/platform");

const SST = join(ROOT, "node_modules/.bin/sst");

/**
 * By default the first sst command downloads Pulumi and bun and sends telemetry. Installing the
 * platform needs only npm. The credentials are never used, because no call goes to AWS.
 */
const OFFLINE = {
  SST_SKIP_DEPENDENCY_CHECK: "1",
  SST_NO_BUN: "1",
  SST_TELEMETRY_DISABLED: "1",
  SST_STAGE: "check",
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
};

/**
 * Installs sst's platform if it is missing: ignored by git and kept between runs. Throws with the
 * output of the failed command.
 */
export function installPlatform(print: (line: string) => void): void {
  if (existsSync(join(PLATFORM, "node_modules/@pulumi/aws/package.json"))) return;
  print("Installing the platform of sst with the AWS provider's types (320 MB, 1 to 2 minutes)");
  execFileSync(SST, ["install"], {
    cwd: ROOT,
    env: { ...process.env, ...OFFLINE },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
