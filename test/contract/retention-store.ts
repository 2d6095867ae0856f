import { describe, expect, test } from "vitest";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

export function retentionStoreContract(open: OpenStore): void {
  describe("retention store", () => {
    test("returns a registry's last state, also to another process", async () => {
      const { one, other } = await open();
      expect(await one.retention.get(HERE)).toBeUndefined();
      const first = { registryId: HERE, sweptAt: "2026-01-01T00:00:00.000Z", decisionDays: 90 };
      await one.retention.put(first);
      const next = { ...first, sweptAt: "2026-01-02T00:00:00.000Z" };
      await other.retention.put(next);
      expect(await one.retention.get(HERE)).toStrictEqual(next);
      expect(await one.retention.get(ELSEWHERE)).toBeUndefined();
    });
  });
}
