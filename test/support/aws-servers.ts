import type { TestProject } from "vitest/node";
import { lackingForStandIns, type StandIns, startStandIns } from "./stand-ins.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Null where they cannot start here. */
    standIns: StandIns | null;
    /** What is not tested here and what it needs, a line each. */
    leftOut: string[];
  }
}

/** One pair of servers for all tests of test/aws. VOICEROLL_TEST_AWS=1 makes it an error that they cannot start. */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const lacking = lackingForStandIns();
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
