import { expect, test } from "vitest";
import { startJob } from "../../lib/domain/job/job.ts";
import { workOnJob } from "../../lib/domain/job/work.ts";
import { speakerId } from "../contract/store.ts";
import { base64Of } from "../functions/client.ts";
import { fakeClock } from "../support/fake-world.ts";
import { openTestServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

test("lists unfinished jobs and prints a job's results line by line", async () => {
  const folder = temporaryFolder();
  // The command uses the real clock, by which an old job would have expired.
  const clock = fakeClock(new Date().toISOString());
  const services = await openTestServices({ folder, clock, store: "local" });
  const { registryId } = services;
  const line = (speaker: string, text: string) => ({
    speakerId: speakerId(speaker),
    audio: [{ base64: base64Of(text) }],
  });
  const lines = [line("ann", "voice=ann take=1"), line("bob", "voice=bob seconds=0")];
  const { id } = await startJob(services, { registryId, kind: "enroll-batch", lines });
  const waiting = await startJob(services, { registryId, kind: "re-embed" });
  const jobs = (...args: string[]) => run("--data", folder, "--registry", "test", "jobs", ...args);
  expect((await jobs("list")).stdout).toMatch(/^job_.* enroll-batch +waiting +0 of 2 +0 /m);
  await workOnJob(services, { registryId, jobId: id });
  await services.close();

  expect((await jobs("list", "--json")).stdout.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse((await jobs("show", id, "--json")).stdout)).toMatchObject({
    id,
    state: "done",
    failed: 1,
  });
  expect((await jobs("results", id)).stdout).toMatch(
    /^1\tann\tclp_\w+\n2\tbob\tfailed: audio-no-speech: .*\n$/,
  );
  const failed = (await jobs("results", id, "--failed", "--json")).stdout.trim().split("\n");
  expect(failed.map((text) => JSON.parse(text))).toMatchObject([
    { line: 2, speaker: "bob", status: "failed" },
  ]);
  expect((await jobs("cancel", waiting.id)).stdout).toBe(`${waiting.id}: canceled\n`);
  expect((await jobs("cancel", id)).stdout).toBe(`${id}: was done already\n`);
  expect((await jobs("list")).stdout).toBe("No job is waiting or running.\n");
  const all = (await jobs("list", "--all", "--json")).stdout.trim().split("\n");
  expect(all.map((text) => JSON.parse(text).canceled).toSorted()).toEqual([false, true]);
  expect(await jobs("show", "job_none")).toMatchObject({ code: 2, stderr: /No such job/ });
  expect((await jobs("show", "none")).stderr).toMatch(/A job ID starts with job_/);
});
