import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The version that sst.config.ts and docs/deploy.md are written for. */
const SST_VERSION = "4.17.1";
export const ROOT = join(import.meta.dirname, "../..");
export const PLATFORM = join(ROOT, ".sst/platform");

/** Ignored by git and kept between runs: sst is 100 MB, its platform another 320 MB. */
const TOOLS = join(ROOT, ".infra-tools");
const SST = join(TOOLS, "node_modules/.bin/sst");

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
 * Installs sst and its platform if they are missing. Throws with the output of the failed command.
 */
export function installPlatform(print: (line: string) => void): void {
  if (!existsSync(SST)) {
    print(`Installing sst ${SST_VERSION} (100 MB, about 15 s)`);
    mkdirSync(TOOLS, { recursive: true });
    writeFileSync(join(TOOLS, "package.json"), '{ "private": true }\n');
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--save-exact", `sst@${SST_VERSION}`], {
      cwd: TOOLS,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  if (existsSync(join(PLATFORM, "node_modules/@pulumi/aws/package.json"))) return;
  print("Installing its platform with the AWS provider's types (320 MB, 1 to 2 minutes)");
  execFileSync(SST, ["install"], {
    cwd: ROOT,
    env: { ...process.env, ...OFFLINE },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
