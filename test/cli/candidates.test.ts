import { expect, test } from "vitest";
import { keepStrangers } from "../../lib/domain/people/keep.ts";
import { readRegistry } from "../../lib/domain/registry/registry.ts";
import { heardVoice } from "../support/fake-embedder.ts";
import { openTestServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

test("candidates are listed, named, merged, split, rejected and deleted", async () => {
  const folder = temporaryFolder();
  const services = await openTestServices({ folder, store: "local" });
  // The clock of the tests starts at 2026-01-01. Commands read the real one.
  services.clock.advance((Date.now() - services.clock.now().getTime()) / 1000);
  const registry = await readRegistry(services, services.registryId);
  for (const name of ["eve", "max"]) {
    const kept = { registry, recording: `upl_${name}`, strangers: [heardVoice(name)], others: [], far: 0.01 };
    await keepStrangers(services, kept);
    services.clock.advance(1);
  }
  await services.close();
  const voiceroll = (...args: string[]) => run("--data", folder, "--registry", "test", "candidates", ...args);
  const listed = async () =>
    (await voiceroll("list", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const [eve, max] = (await listed()).map(({ id }) => id);
  expect((await voiceroll("list")).stdout).toMatch(/candidate +speaker +recordings +speaks/);
  expect((await voiceroll("reject", eve, max)).stdout).toContain(`not ${max}`);
  expect(await voiceroll("merge", eve, max)).toMatchObject({ stderr: /different people/ });
  expect((await voiceroll("merge", eve, max, "--force")).stdout).toContain("heard in 2 recordings");
  expect((await voiceroll("show", eve)).stdout).toMatch(/upl_max +0/);
  expect(await voiceroll("split", eve, "upl_max:0")).toMatchObject({
    stderr: "",
    stdout: /heard in 1 recording/,
  });
  expect((await voiceroll("name", eve, "ann", "--name", "Ann")).stdout).toContain(
    `${eve}: ann, heard in 1 recording`,
  );
  expect((await listed()).map(({ speaker }) => speaker).sort()).toEqual(["ann", null]);
  await voiceroll("delete", ...(await listed()).map(({ id }) => id));
  expect((await voiceroll("list", "--json")).stdout.trim()).toBe("");
});
