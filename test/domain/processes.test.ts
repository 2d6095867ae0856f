import { join } from "node:path";
import { expect, test } from "vitest";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { testServices } from "../support/services.ts";
import { recomputed, stored, traces } from "./asking.ts";
import { restOf, startChild } from "./child.ts";

const CHILD = join(import.meta.dirname, "enroll-child.ts");

test("four processes enrolling one speaker count each recording once and answer correctly", async () => {
  const services = await testServices();
  const takes = Array.from({ length: 16 }, (_, i) => i);
  // Two processes send each take.
  const children = await Promise.all(
    [0, 1, 2, 3].map((n) => {
      const own = takes.filter((take) => take % 4 === n || (take + 1) % 4 === n);
      return startChild(CHILD, services.folder, "at-once", ...own.map((take) => `ann/${take}`));
    }),
  );
  for (const child of children) child.process.stdin.write("go\n");
  const answers = (await Promise.all(children.map(restOf))).flat();
  const speaker = await stored(services, "ann");
  const done = answers.filter((line) => line.startsWith("done")).map((line) => line.split(" ")[2]);
  expect(answers).toHaveLength(32);
  expect(done.toSorted()).toEqual(speaker.clips.map((clip) => clip.clipId).toSorted());
  const refused = new Set(
    answers.filter((line) => !line.startsWith("done")).map((line) => line.split(" ")[0]),
  );
  expect([...refused].filter((slug) => slug !== "duplicate-clip" && slug !== "write-contention")).toEqual([]);
  expect(speaker.sum).toEqual(await recomputed(services, speaker));
  expect(await traces(services, speaker.uid)).toEqual({ items: done.length, audio: done.length });
  expect((await fsck(services)).findings).toEqual([]);
});

test("killing an enrolling process loses nothing that it acknowledged and leaves no wrong sum", async () => {
  const services = await testServices();
  const acknowledged: string[] = [];
  for (const [round, answers] of [1, 3, 6, 10].entries()) {
    const takes = Array.from({ length: 40 }, (_, take) => `speaker-${round}/${take}`);
    const child = await startChild(CHILD, services.folder, round % 2 ? "at-once" : "in-turn", ...takes);
    child.process.stdin.write("go\n");
    for (let i = 0; i < answers; i++) acknowledged.push(String((await child.lines.next()).value));
    child.process.kill("SIGKILL");
    acknowledged.push(...(await restOf(child)));
  }
  const done = acknowledged.filter((line) => line.startsWith("done"));
  expect(done.length).toBeGreaterThanOrEqual(20);
  for (const [, name, clipId] of done.map((line) => line.split(" ")))
    expect((await stored(services, name)).clips.map((clip) => clip.clipId)).toContain(clipId);
  const { findings } = await fsck(services, { repair: true });
  expect(findings.filter(({ kind }) => kind !== "orphan-audio" && kind !== "orphan-clip-item")).toEqual([]);
  expect((await fsck(services)).findings).toEqual([]);
});
