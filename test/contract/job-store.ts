import { describe, expect, test } from "vitest";
import type { Job, JobResult } from "../../lib/ports/job.ts";
import { ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";

const aJob = (version: number, given: Partial<Job> = {}): Job => ({
  registryId: HERE,
  jobId: "job_a",
  kind: "enroll-batch",
  state: "running",
  total: 3,
  done: 0,
  succeeded: 0,
  failed: 0,
  tries: 0,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  goneAt: "2026-01-31T00:00:00.000Z",
  version,
  ...given,
});
const good: JobResult = { line: 1, speakerId: speakerId("ann"), clips: ["clp_1"] };
const bad: JobResult = {
  line: 2,
  clips: [],
  problem: { slug: "malformed-json", detail: "No JSON." },
};
const contended = { slug: "write-contention" };

export function jobStoreContract(open: OpenStore): void {
  describe("job store", () => {
    test("returns a job as it was put, by registry and ID, until it expires", async () => {
      const { one, other, clock } = await open();
      const other_ = aJob(1, { jobId: "job_b", kind: "re-embed", after: "7" });
      for (const job of [aJob(1), other_]) await one.jobs.put(job);
      expect(await other.jobs.get(HERE, "job_a")).toStrictEqual(aJob(1));
      expect(await other.jobs.get(HERE, "job_b")).toStrictEqual(other_);
      expect(await other.jobs.get(ELSEWHERE, "job_a")).toBeUndefined();
      expect(await other.jobs.get(HERE, "job_c")).toBeUndefined();
      clock.advance(30 * 86_400);
      expect(await other.jobs.get(HERE, "job_a")).toBeUndefined();
      expect(await other.jobs.unfinished(HERE)).toEqual([]);
    });

    test("lists jobs, and replaces the result of a line", async () => {
      const { one, other } = await open();
      const done = aJob(2, { state: "done", done: 1 });
      await one.jobs.put(aJob(1));
      await one.jobs.put(done, good);
      expect(await other.jobs.list(HERE)).toStrictEqual([done]);
      expect(await other.jobs.list(ELSEWHERE)).toEqual([]);
      const replaced = { ...good, speakerId: speakerId("spk_a") };
      await other.jobs.replaceResult(done, replaced);
      expect(await one.jobs.results(HERE, "job_a", 0, 10)).toStrictEqual([replaced]);
    });

    test("writes a change and its result together or not at all", async () => {
      const { one, other } = await open();
      await expect(one.jobs.put(aJob(2))).rejects.toMatchObject(contended);
      await one.jobs.put(aJob(1));
      await one.jobs.put(aJob(2, { done: 1 }), good);
      await expect(other.jobs.put(aJob(2, { done: 1 }), { ...good, clips: [] })).rejects.toMatchObject(
        contended,
      );
      await expect(other.jobs.put(aJob(1))).rejects.toMatchObject(contended);
      await other.jobs.put(aJob(3, { done: 2 }), bad);
      expect(await one.jobs.get(HERE, "job_a")).toStrictEqual(aJob(3, { done: 2 }));
      expect(await one.jobs.results(HERE, "job_a", 0, 10)).toStrictEqual([good, bad]);
    });

    test("grants one of many concurrent workers", async () => {
      const { one, other } = await open();
      await one.jobs.put(aJob(1));
      const puts = Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? one : other).jobs.put(aJob(2, { done: 1 }), { ...good, clips: [`clp_${i}`] }),
      );
      const done = await Promise.allSettled(puts);
      expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const won = done.findIndex(({ status }) => status === "fulfilled");
      expect(await one.jobs.results(HERE, "job_a", 0, 10)).toMatchObject([{ clips: [`clp_${won}`] }]);
    });

    test("pages through the results of one job in order of lines", async () => {
      const { one, other } = await open();
      await one.jobs.put(aJob(1));
      await one.jobs.put(aJob(1, { jobId: "job_b" }));
      for (let line = 1; line <= 12; line++)
        await one.jobs.put(aJob(line + 1, { done: line }), { ...good, line });
      const lines = async (after: number, limit: number) =>
        (await other.jobs.results(HERE, "job_a", after, limit)).map((result) => result.line);
      expect(await lines(0, 1000)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect(await lines(8, 3)).toEqual([9, 10, 11]);
      expect(await lines(12, 3)).toEqual([]);
      expect(await other.jobs.results(HERE, "job_b", 0, 10)).toEqual([]);
      expect(await other.jobs.results(ELSEWHERE, "job_a", 0, 10)).toEqual([]);
    });

    test("lists jobs newest first, in pages, at the time of their start", async () => {
      const { one, other, clock } = await open();
      const jobs = (["job_a", "job_b", "job_c"] as const).map((jobId, i) =>
        aJob(1, { jobId, createdAt: `2026-01-0${3 - i}T00:00:00.000Z` }),
      );
      for (const job of jobs) await one.jobs.put(job);
      const [a, b, c] = jobs;
      if (!a || !b || !c) throw new RangeError("no jobs");
      const changed = { ...c, done: 1, updatedAt: "2026-01-09T00:00:00.000Z", version: 2 };
      await one.jobs.put(changed, good);
      expect(await other.jobs.recent(HERE, 2)).toStrictEqual([a, b]);
      const after = { at: Date.parse(b.createdAt), id: b.jobId };
      expect(await other.jobs.recent(HERE, 2, after)).toStrictEqual([changed]);
      expect(await other.jobs.recent(ELSEWHERE, 2)).toEqual([]);
      clock.advance(30 * 86_400);
      expect(await other.jobs.recent(HERE, 2)).toEqual([]);
    });

    test("lists the registry's jobs that are not done", async () => {
      const { one, other } = await open();
      for (const jobId of ["job_a", "job_b"] as const)
        await one.jobs.put(aJob(1, { jobId, state: "waiting" }));
      await one.jobs.put(aJob(1, { registryId: ELSEWHERE, jobId: "job_c" }));
      await one.jobs.put(aJob(2, { state: "done" }));
      expect(await other.jobs.unfinished(HERE)).toEqual(["job_b"]);
    });

    test("keeps the parts of a manifest apart, and removes as many as it is told", async () => {
      const { one, other } = await open();
      const bytesOf = (text: string) => new TextEncoder().encode(text);
      for (const part of [0, 1, 2, 3]) await one.jobs.putManifest(HERE, "job_00", bytesOf(`${part}`), part);
      await one.jobs.putManifest(HERE, "job_00", bytesOf("again"), 1);
      const texts = async () => {
        const found = await Promise.all(
          [0, 1, 2, 3].map((part) => other.jobs.manifest(HERE, "job_00", part)),
        );
        return found.map((bytes) => bytes && Buffer.from(bytes).toString());
      };
      expect(await texts()).toEqual(["0", "again", "2", "3"]);
      await other.jobs.removeManifest(HERE, "job_00", 3);
      expect(await texts()).toEqual([undefined, undefined, undefined, "3"]);
    });

    test("returns a manifest byte for byte until it is removed", async () => {
      const { one, other } = await open();
      expect(await one.jobs.manifest(HERE, "job_a")).toBeUndefined();
      await one.jobs.putManifest(HERE, "job_a", new TextEncoder().encode("{}\n{}"));
      expect(Buffer.from((await other.jobs.manifest(HERE, "job_a")) ?? []).toString()).toBe("{}\n{}");
      expect(await other.jobs.manifest(ELSEWHERE, "job_a")).toBeUndefined();
      for (let i = 0; i < 2; i++) await other.jobs.removeManifest(HERE, "job_a");
      expect(await one.jobs.manifest(HERE, "job_a")).toBeUndefined();
    });
  });
}
