import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The version that sst.config.ts is written for; docs/deploy.md names it too. */
export const SST_VERSION = "4.17.1";
export const ROOT = join(import.meta.dirname, "../..");
export const PLATFORM = join(ROOT, ".sst/platform");

/** Kept between runs and ignored by git: sst itself is 100 MB, its platform 320 MB more. */
const TOOLS = join(ROOT, ".infra-tools");
const SST = join(TOOLS, "node_modules/.bin/sst");

/**
 * sst as a package would download Pulumi, bun and its own telemetry at the first command; none of them is needed to make
 * the platform's folder, which comes from npm alone. The credentials are never used: nothing is asked of AWS.
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

/** Installs what is missing; seconds when all is there. Throws with the command's own output. */
export function installPlatform(print: (line: string) => void): void {
  if (!existsSync(SST)) {
    print(`installing sst ${SST_VERSION} (100 MB, about 15 s)`);
    mkdirSync(TOOLS, { recursive: true });
    writeFileSync(join(TOOLS, "package.json"), '{ "private": true }\n');
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--save-exact", `sst@${SST_VERSION}`], {
      cwd: TOOLS,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  if (existsSync(join(PLATFORM, "node_modules/@pulumi/aws/package.json"))) return;
  print("installing its platform with the AWS provider's types (320 MB, 1 to 2 minutes)");
  execFileSync(SST, ["install"], {
    cwd: ROOT,
    env: { ...process.env, ...OFFLINE },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
