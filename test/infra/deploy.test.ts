import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deploySteps } from "../../infra/build/deploy.ts";
import { ROOT } from "./platform.ts";

test("a deployment is checked, then built, then sent with the arguments that were given", () => {
  const steps = deploySteps(["--stage", "production", "--verbose"]);
  expect(steps.map(({ command, args }) => [command, ...args].join(" "))).toEqual([
    "node test/infra/check.ts",
    "node infra/build/build-lambda.ts",
    "sst deploy --stage production --verbose",
    "node infra/build/create-candidate-index.ts",
  ]);
});

test.each([[[]], [["--stage"]], [["--stage", "--verbose"]], [["production"]]])(
  "%j names no stage, so nothing is done",
  (args) => {
    const { status, stderr } = spawnSync("node", ["infra/build/deploy.ts", ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([
      2,
      "voiceroll: Name the stage: npm run deploy -- --stage production\n",
    ]);
  },
);

test("the pages name the sst that is installed, and no version of their own", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(devDependencies.sst).toMatch(/^\d+\.\d+\.\d+$/);
  for (const file of ["docs/deploy.md", "docs/runbook.md", "sst.config.ts"])
    expect([file, /sst@/.test(readFileSync(join(ROOT, file), "utf8"))]).toEqual([file, false]);
});
