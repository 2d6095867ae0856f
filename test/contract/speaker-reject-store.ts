import { describe, expect, test } from "vitest";
import { aClip, ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const DAY = 86_400;

export function speakerRejectStoreContract(open: OpenStore): void {
  describe("speaker reject store", () => {
    test("counts across processes, for each speaker and registry; nothing is known before", async () => {
      const { one, other, clock } = await open();
      expect(await one.speakerRejects.get(HERE, "spk_a")).toBeUndefined();
      const first = { count: 1, ageSeconds: 0, unlocks: 0 };
      expect(await one.speakerRejects.add(HERE, "spk_a")).toEqual(first);
      clock.advance(9);
      expect(await other.speakerRejects.get(HERE, "spk_a")).toEqual({ ...first, ageSeconds: 9 });
      expect(await other.speakerRejects.add(HERE, "spk_a")).toEqual({ ...first, count: 2 });
      expect(await other.speakerRejects.add(HERE, "spk_b")).toEqual(first);
      expect(await one.speakerRejects.add(ELSEWHERE, "spk_a")).toEqual(first);
    });

    test("of many adds at the same time, each counts once", async () => {
      const { one, other } = await open();
      const adds = Array.from({ length: 64 }, (_, i) =>
        (i % 2 ? one : other).speakerRejects.add(HERE, "spk_a"),
      );
      const counts = (await Promise.all(adds)).map(({ count }) => count);
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    });

    test("an accept and an unlock set the count to 0, and the rejects stay known", async () => {
      const { one, other } = await open();
      const { speakerRejects } = one;
      for (let i = 0; i < 3; i++) await speakerRejects.add(HERE, "spk_a");
      await speakerRejects.clear(HERE, "spk_a");
      expect(await other.speakerRejects.get(HERE, "spk_a")).toMatchObject({ count: 0, unlocks: 0 });
      await speakerRejects.add(HERE, "spk_a");
      await other.speakerRejects.unlock(HERE, "spk_a");
      expect(await speakerRejects.get(HERE, "spk_a")).toMatchObject({ count: 0, unlocks: 1 });
      expect(await speakerRejects.add(HERE, "spk_a")).toMatchObject({ count: 1, unlocks: 1 });
      await speakerRejects.remove(HERE, "spk_a");
      expect(await other.speakerRejects.get(HERE, "spk_a")).toBeUndefined();
    });

    test("without rejects, there is nothing to clear, unlock or remove", async () => {
      const { one } = await open();
      for (const act of ["clear", "unlock", "remove"] as const) await one.speakerRejects[act](HERE, "spk_a");
      expect(await one.speakerRejects.get(HERE, "spk_a")).toBeUndefined();
    });

    test("rejects are known for a day after the last one or an unlock, then they start again", async () => {
      const { one, other, clock } = await open();
      await one.speakerRejects.add(HERE, "spk_a");
      clock.advance(DAY - 1);
      await one.speakerRejects.unlock(HERE, "spk_a");
      clock.advance(DAY - 1);
      expect(await one.speakerRejects.add(HERE, "spk_a")).toMatchObject({ count: 1, unlocks: 1 });
      clock.advance(DAY - 1);
      expect(await other.speakerRejects.get(HERE, "spk_a")).toMatchObject({ count: 1, ageSeconds: DAY - 1 });
      clock.advance(1);
      expect(await other.speakerRejects.get(HERE, "spk_a")).toBeUndefined();
      expect(await one.speakerRejects.add(HERE, "spk_a")).toMatchObject({ count: 1, ageSeconds: 0 });
    });

    test("a clock that is set back neither forgets rejects early nor makes their age negative", async () => {
      const { one, clock } = await open();
      await one.speakerRejects.add(HERE, "spk_a");
      clock.advance(-3600);
      expect(await one.speakerRejects.get(HERE, "spk_a")).toEqual({ count: 1, ageSeconds: 0, unlocks: 0 });
    });

    test("returns the newest probes with the rejects, and the rejects are no probe", async () => {
      const { one, other, clock } = await open();
      const { speakerRejects } = other;
      const uid = "spk_ann";
      expect(await speakerRejects.withProbes(HERE, uid, 2)).toEqual({ rejects: undefined, probes: [] });
      for (let i = 0; i < 3; i++) {
        const at = clock.now().toISOString();
        const decision = { registryId: HERE, decisionId: `dec_${i}`, at, uid } as const;
        const probe = { ...decision, fingerprint: Uint8Array.from([1, i]) };
        await one.decisions.put(
          { ...decision, operation: "verify", reply: {} },
          { heard: { probe, days: 1 } },
        );
        clock.advance(1);
      }
      await one.speakers.putClip(aClip("ann", "clp_a"));
      const newest = async (limit: number) => one.heardProbes.newest(HERE, uid, limit);
      expect(await newest(5)).toHaveLength(3);
      expect(await speakerRejects.withProbes(HERE, uid, 2)).toEqual({
        rejects: undefined,
        probes: await newest(2),
      });
      const rejects = await one.speakerRejects.add(HERE, uid);
      expect(await speakerRejects.withProbes(HERE, uid, 2)).toEqual({ rejects, probes: await newest(2) });
      expect(await speakerRejects.withProbes(HERE, uid, 0)).toEqual({ rejects, probes: [] });
      expect((await speakerRejects.withClips(HERE, uid)).clips).toEqual([aClip("ann", "clp_a")]);
      clock.advance(DAY - 1);
      expect((await speakerRejects.withProbes(HERE, uid, 9)).probes).toEqual([]);
    });

    test("returns the clips with the rejects, and the rejects are no clip", async () => {
      const { one, other } = await open();
      const stored = [aClip("ann", "clp_a"), aClip("ann", "clp_b")];
      for (const one_ of stored) await one.speakers.putClip(one_);
      const uid = "spk_ann";
      expect(await other.speakerRejects.withClips(HERE, uid)).toEqual({ rejects: undefined, clips: stored });
      const rejects = await one.speakerRejects.add(HERE, uid);
      expect(await other.speakerRejects.withClips(HERE, uid)).toEqual({ rejects, clips: stored });
      expect(await other.speakers.clips(HERE, uid)).toEqual(stored);
      expect(await other.speakerRejects.withClips(HERE, "spk_nobody")).toEqual({
        rejects: undefined,
        clips: [],
      });
    });
  });
}
