import type { TestProject } from "vitest/node";
import { missingForStandIns, type StandIns, startStandIns } from "./stand-ins.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Null if they can't start on this machine. */
    standIns: StandIns | null;
    /** The tests that can't run on this machine and what they need, one line each. */
    leftOut: string[];
  }
}

/**
 * Starts one pair of servers for all tests of test/aws. With VOICEROLL_TEST_AWS=1, fails if they
 * can't start.
 */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const lacking = missingForStandIns();
  project.provide("leftOut", lacking);
  if (lacking.length > 0) {
    if (process.env.VOICEROLL_TEST_AWS === "1") throw new Error(lacking.join("\n"));
    project.provide("standIns", null);
    return undefined;
  }
  const { dynamodb, s3, close } = await startStandIns();
  project.provide("standIns", { dynamodb, s3 });
  return close;
}
