import { configDefaults, defineConfig } from "vitest/config";
import { missingForStandIns } from "./test/support/stand-ins.ts";

const AWS = "test/aws/**/*.test.ts";
const FAULTS = "test/aws/faults.test.ts";
/**
 * Tests that run on both stores: on files and SQLite in "here", on DynamoDB and S3 in "aws-http".
 */
const HTTP = [
  "test/functions/*.{200,201,202,429,504}.test.ts",
  "test/functions/worker-*.test.ts",
  "test/bad-input/*.test.ts",
];
const onServers = { globalSetup: "./test/support/aws-servers.ts" };

const httpOnAws = {
  extends: true as const,
  test: {
    name: "aws-http",
    include: [FAULTS, ...HTTP],
    env: { VOICEROLL_TEST_STORE: "aws" },
    ...onServers,
  },
};

export default defineConfig({
  test: {
    pool: "forks",
    // Starting a process and loading the program for each file took as long as the tests do. Tests
    // undo what they change in the environment.
    isolate: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["default", "./test/support/summary-reporter.ts"],
    projects: [
      {
        extends: true,
        test: { name: "here", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, AWS] },
      },
      {
        extends: true,
        test: { name: "aws", include: [AWS], exclude: [FAULTS], ...onServers },
      },
      // Takes minutes, so only `npm run test:aws` and .ci/run run it.
      ...(missingForStandIns().length > 0 ? [] : [httpOnAws]),
    ],
  },
});
