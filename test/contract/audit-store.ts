import { describe, expect, test } from "vitest";
import { entryHash, NO_HASH } from "../../lib/hash-chain.ts";
import type { AuditEvent } from "../../lib/ports/audit.ts";
import type { AuditEntry } from "../../lib/schema/audit.ts";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const event = (clips: number): AuditEvent => ({
  at: "2026-01-01T00:00:00.000Z",
  key: "key_a",
  caller: null,
  operation: "enroll",
  speaker: "f".repeat(64),
  outcome: "done",
  details: { clips },
});
const clipsOf = (entries: readonly AuditEntry[]) => entries.map(({ details }) => details.clips);

export function auditStoreContract(open: OpenStore): void {
  describe("audit store", () => {
    test("chains the entries of each registry, from hash to hash", async () => {
      const { one, other } = await open();
      expect(await one.audit.head(HERE)).toBeUndefined();
      const first = await one.audit.append(HERE, event(1));
      const second = await other.audit.append(HERE, event(2));
      const third = await one.audit.append(HERE, event(3));
      const elsewhere = await one.audit.append(ELSEWHERE, event(4));
      expect(first).toEqual({ registry: HERE, seq: 1, ...event(1), previous: NO_HASH, hash: first.hash });
      expect([second.seq, second.previous, third.previous]).toEqual([2, first.hash, second.hash]);
      expect([elsewhere.seq, elsewhere.previous]).toEqual([1, NO_HASH]);
      for (const entry of [first, second, third, elsewhere]) expect(entry.hash).toBe(entryHash(entry));
      expect(await other.audit.list(HERE, 1, 10)).toStrictEqual([first, second, third]);
      expect(await other.audit.head(HERE)).toEqual({ seq: 3, hash: third.hash });
    });

    test("64 appends at the same time from two processes get one chain without a fork", async () => {
      const { one, other } = await open();
      const appends = Array.from({ length: 64 }, (_, i) =>
        (i % 2 ? one : other).audit.append(HERE, event(i)),
      );
      const appended = await Promise.all(appends);
      const entries: AuditEntry[] = [];
      for await (const entry of one.audit.every(HERE)) entries.push(entry as AuditEntry);
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
      for (const [i, { previous }] of entries.entries())
        expect(previous).toBe(entries[i - 1]?.hash ?? NO_HASH);
      expect(entries).toEqual(appended.toSorted((a, b) => a.seq - b.seq));
      expect(clipsOf(appended)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    });

    test("lists from any entry on, wherever the writes were", async () => {
      const { one, other } = await open();
      for (const count of [1, 30, 3])
        await Promise.all(Array.from({ length: count }, () => one.audit.append(HERE, event(0))));
      const seqs = async (from: number, limit: number) =>
        (await other.audit.list(HERE, from, limit)).map(({ seq }) => seq);
      for (const from of [1, 2, 17, 27, 32, 34])
        expect(await seqs(from, 2)).toEqual([from, from + 1].filter((seq) => seq <= 34));
      expect(await seqs(1, 34)).toHaveLength(34);
      expect(await seqs(35, 5)).toEqual([]);
    });
  });
}
