import { expect, test } from "vitest";
import { galleryWorker } from "../../functions/aws/change-events.ts";
import type { WorkerEntry } from "../../functions/aws/worker-log.ts";
import { registryOfChanges } from "../../lib/adapters/aws/keys.ts";
import type { RegistryId } from "../../lib/id.ts";

const record = (PK: string, SequenceNumber: string) => ({
  dynamodb: { SequenceNumber, Keys: { PK: { S: PK }, SK: { S: "L#x" } } },
});

test("builds each registry once, ignores other items, and reports only the registry that failed", async () => {
  const built: RegistryId[] = [];
  const log: WorkerEntry[] = [];
  const build = async (registryId: RegistryId) => {
    built.push(registryId);
    if (registryId === "reg_b") throw new Error("throttled");
    return { outcome: "kept", voices: 3 };
  };
  const handler = galleryWorker(
    { registryOf: registryOfChanges, build },
    { log: (entry) => log.push(entry) },
  );
  const Records = [
    ...[record("R#a#G#0", "1"), record("R#b#G#0", "2"), record("R#b#G#0", "3"), record("R#a#G#0", "1")],
    ...[record("R#c#S#ann", "4"), record("R##", "5"), record("R#d#G#0#x", "6"), {}, record("R#e#G#0", "7")],
  ];
  expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
  expect(built).toEqual(["reg_a", "reg_b", "reg_e"]);
  expect(log.map(({ event }) => event)).toEqual(["gallery.kept", "gallery.failed", "gallery.kept"]);
  expect(log.map(({ registry }) => registry)).toEqual(built);
  expect(await handler({})).toEqual({ batchItemFailures: [] });
});
