import { describe, expect, test } from "vitest";
import type { DecisionRecord, StoredReply } from "../../lib/ports/decision.ts";
import type { Erasure } from "../../lib/ports/erasure.ts";
import { ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";
import { anUpload } from "./upload-store.ts";

const erasure = (uid: Erasure["uid"], given: Partial<Erasure> = {}): Erasure => ({
  registryId: HERE,
  uid,
  idHash: "f".repeat(64),
  at: "2026-01-01T00:00:00.000Z",
  clips: 2,
  recordings: 1,
  ...given,
});

export function erasureStoreContract(open: OpenStore): void {
  describe("erasure and opt-out stores", () => {
    test("lists the registry's erasures until they are removed", async () => {
      const { one, other } = await open();
      for (const item of [erasure("spk_a"), erasure("spk_b"), erasure("spk_c", { registryId: ELSEWHERE })])
        await one.erasures.put(item);
      await one.erasures.put(erasure("spk_a"));
      expect(await other.erasures.list(HERE)).toStrictEqual([erasure("spk_a"), erasure("spk_b")]);
      for (let i = 0; i < 2; i++) await other.erasures.remove(erasure("spk_a"));
      expect(await one.erasures.list(HERE)).toStrictEqual([erasure("spk_b")]);
    });

    test("has an opted-out hash, in its registry, until it is removed", async () => {
      const { one, other } = await open();
      for (let i = 0; i < 2; i++) await one.optOuts.put(HERE, "a1");
      expect(await other.optOuts.has(HERE, "a1")).toBe(true);
      expect(await other.optOuts.has(ELSEWHERE, "a1")).toBe(false);
      expect(await other.optOuts.has(HERE, "a2")).toBe(false);
      for (let i = 0; i < 2; i++) await other.optOuts.remove(HERE, "a1");
      expect(await one.optOuts.has(HERE, "a1")).toBe(false);
    });
  });

  describe("rewriting records", () => {
    test("replaces the decisions that change, and keeps their age", async () => {
      const { one, other, clock } = await open();
      const at = clock.now().toISOString();
      const decision = (decisionId: DecisionRecord["decisionId"], reply: object): DecisionRecord => ({
        ...{ decisionId, registryId: HERE, operation: "verify", at, reply },
      });
      await one.decisions.put(decision("dec_1", { speaker: "ann" }));
      await one.decisions.put(decision("dec_2", { speaker: "bob" }));
      const change = (found: DecisionRecord) =>
        found.decisionId === "dec_1" ? { ...found, reply: { speaker: "spk_a" } } : undefined;
      expect(await other.decisions.rewrite(HERE, change)).toBe(1);
      expect(await other.decisions.rewrite(ELSEWHERE, change)).toBe(0);
      expect(await one.decisions.get(HERE, "dec_1")).toStrictEqual(decision("dec_1", { speaker: "spk_a" }));
      expect(await one.decisions.get(HERE, "dec_2")).toStrictEqual(decision("dec_2", { speaker: "bob" }));
      expect(await one.decisions.recent(HERE, 5)).toHaveLength(2);
      clock.advance(90 * 86_400);
      expect(await one.decisions.get(HERE, "dec_1")).toBeUndefined();
    });

    test("replaces stored replies, which are then replayed, and leaves unfinished claims alone", async () => {
      const { one, other, clock } = await open();
      const claimed = async (key: string) => {
        const result = await one.idempotency.claim(HERE, key, "r");
        if (result.state !== "claimed") throw new RangeError(result.state);
        return result.claim;
      };
      const reply: StoredReply = { status: 201, headers: {}, body: "ann" };
      await one.idempotency.finish(await claimed("k"), reply);
      const unfinished = await claimed("u");
      const times: number[] = [];
      const changed = await other.idempotency.rewrite(HERE, (found, claimedAt) => {
        times.push(claimedAt);
        return { ...found, body: "spk_a" };
      });
      expect([changed, times]).toEqual([1, [clock.now().getTime()]]);
      const replayed = { state: "replay", reply: { ...reply, body: "spk_a" } };
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual(replayed);
      await one.idempotency.finish(unfinished, reply);
      expect(await one.idempotency.claim(HERE, "u", "r")).toEqual({ state: "replay", reply });
      clock.advance(86_400);
      expect((await one.idempotency.claim(HERE, "k", "r")).state).toBe("claimed");
    });

    test("replaces uploads as their next versions", async () => {
      const { one, other } = await open();
      const ann = anUpload(1, { uploadId: "upl_ann", enroll: { speakerId: speakerId("ann") } });
      for (const upload of [ann, anUpload(1)]) await one.uploads.put(upload);
      const changed = await other.uploads.rewrite(HERE, (upload) =>
        upload.enroll ? { ...upload, state: "failed" } : undefined,
      );
      expect(changed).toEqual(["upl_ann"]);
      expect(await one.uploads.get(HERE, "upl_ann")).toStrictEqual({ ...ann, state: "failed", version: 2 });
      expect((await one.uploads.get(HERE, "upl_a"))?.version).toBe(1);
    });
  });
}
