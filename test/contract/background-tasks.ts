import { describe, expect, test } from "vitest";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const here: BackgroundTask = { kind: "refresh-statistics", registryId: HERE };
const elsewhere: BackgroundTask = { kind: "refresh-statistics", registryId: ELSEWHERE };

export function backgroundTasksContract(open: OpenStore): void {
  describe("background tasks", () => {
    test("runs tasks one at a time, including those added before there was a worker", async () => {
      const { one } = await open();
      await one.backgroundTasks.add(here);
      const { promise, resolve } = Promise.withResolvers<void>();
      const log: string[] = [];
      one.backgroundTasks.work(async ({ registryId }) => {
        log.push(`begin ${registryId}`);
        await new Promise(setImmediate);
        log.push(`end ${registryId}`);
        if (registryId === ELSEWHERE) resolve();
      });
      await one.backgroundTasks.add(elsewhere);
      await promise;
      expect(log).toEqual([`begin ${HERE}`, `end ${HERE}`, `begin ${ELSEWHERE}`, `end ${ELSEWHERE}`]);
    });

    test("runs a task once however often it was added, and again if it was added while it ran", async () => {
      const { one } = await open();
      for (let i = 0; i < 5; i++) await one.backgroundTasks.add(here);
      const { promise, resolve } = Promise.withResolvers<void>();
      let done = 0;
      one.backgroundTasks.work(async () => {
        done += 1;
        if (done === 1) for (let i = 0; i < 3; i++) await one.backgroundTasks.add(here);
        else resolve();
      });
      await promise;
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      expect(done).toBe(2);
    });

    test("reports a task that rejects, and runs the next one", async () => {
      const { one } = await open();
      const { promise, resolve } = Promise.withResolvers<void>();
      const failures: unknown[] = [];
      one.backgroundTasks.work(
        async ({ registryId }) => {
          if (registryId === HERE) throw new Error("the store is down");
          resolve();
        },
        (error) => failures.push(error),
      );
      await one.backgroundTasks.add(here);
      await one.backgroundTasks.add(elsewhere);
      await promise;
      expect(failures).toEqual([new Error("the store is down")]);
    });

    test("close signals the worker and waits for it", async () => {
      const { one } = await open();
      const begun = Promise.withResolvers<void>();
      let ended = false;
      one.backgroundTasks.work(async (_task, signal) => {
        begun.resolve();
        await new Promise((turn) => signal.addEventListener("abort", turn));
        ended = true;
      });
      await one.backgroundTasks.add(here);
      await begun.promise;
      await one.close();
      expect(ended).toBe(true);
    });
  });
}
