import { expect, onTestFinished, test } from "vitest";
import { processBackgroundTasks } from "../../lib/adapters/shared/background-tasks.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";

const sweep: BackgroundTask = { kind: "sweep", registryId: "reg_here" };
const delivery = (event: number): BackgroundTask => ({
  ...{ kind: "deliver-event", registryId: "reg_here", destination: "whk_1", eventId: `evt_${event}` },
});

function queue() {
  const tasks = processBackgroundTasks();
  onTestFinished(() => tasks.close());
  return tasks;
}

test("deliveries run while another task does, at most four at a time", async () => {
  const tasks = queue();
  const running = new Set<BackgroundTask>();
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let most = 0;
  tasks.work(async (task) => {
    running.add(task);
    most = Math.max(most, running.size);
    if (running.size === 5) begun.resolve();
    await end.promise;
    running.delete(task);
  });
  await tasks.add(sweep);
  for (let event = 0; event < 6; event++) await tasks.add(delivery(event));
  await begun.promise;
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect([...running].map(({ kind }) => kind).toSorted()).toEqual([
    ...Array(4).fill("deliver-event"),
    "sweep",
  ]);
  end.resolve();
  await tasks.close();
  expect(most).toBe(5);
});

test("a delayed task runs later and once, and not at all after the queue is closed", async () => {
  const tasks = queue();
  const ran: BackgroundTask[] = [];
  const second = Promise.withResolvers<void>();
  tasks.work(async (task) => {
    ran.push(task);
    if (ran.length === 2) second.resolve();
  });
  await tasks.add(delivery(1), { delaySeconds: 0.05 });
  await tasks.add(delivery(1), { delaySeconds: 0.05 });
  await tasks.add(delivery(2));
  await second.promise;
  expect(ran).toEqual([delivery(2), delivery(1)]);
  await tasks.add(delivery(3), { delaySeconds: 0.05 });
  await tasks.close();
  await new Promise((turn) => setTimeout(turn, 100));
  expect(ran).toHaveLength(2);
});
