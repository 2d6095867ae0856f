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
