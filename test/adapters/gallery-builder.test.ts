import { expect, test } from "vitest";
import { type BuildLog, buildChanged } from "../../lib/adapters/aws/gallery-builder.ts";
import type { RegistryId } from "../../lib/id.ts";

const record = (PK: string, SequenceNumber: string) => ({
  dynamodb: { SequenceNumber, Keys: { PK: { S: PK }, SK: { S: "L#x" } } },
});

test("each registry is built once, others' items and empty events are passed over, who fails comes back alone", async () => {
  const built: RegistryId[] = [];
  const log: BuildLog[] = [];
  const build = async (registryId: RegistryId) => {
    built.push(registryId);
    if (registryId === "reg_b") throw new Error("throttled");
    return { outcome: "kept" as const, voices: 3 };
  };
  const Records = [
    ...[record("R#a#G#0", "1"), record("R#b#G#0", "2"), record("R#b#G#0", "3"), record("R#a#G#0", "1")],
    ...[record("R#c#S#ann", "4"), record("R##", "5"), record("R#d#G#0#x", "6"), {}, record("R#e#G#0", "7")],
  ];
  expect(await buildChanged({ Records }, build, (entry) => log.push(entry))).toEqual({
    batchItemFailures: [{ itemIdentifier: "2" }],
  });
  expect(built).toEqual(["reg_a", "reg_b", "reg_e"]);
  expect(log.map(({ outcome }) => outcome)).toEqual(["kept", "failed", "kept"]);
  expect(await buildChanged({}, build, () => {})).toEqual({ batchItemFailures: [] });
});
