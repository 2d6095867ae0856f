import { configDefaults, defineConfig } from "vitest/config";

const AWS = "test/aws/**/*.test.ts";

export default defineConfig({
  test: {
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/summary-reporter.ts"],
    projects: [
      {
        extends: true,
        test: { name: "here", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, AWS] },
      },
      {
        extends: true,
        test: { name: "aws", include: [AWS], globalSetup: "./test/support/aws-servers.ts" },
      },
    ],
  },
});
