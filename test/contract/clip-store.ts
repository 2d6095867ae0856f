import { describe, expect, test } from "vitest";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

export function clipStoreContract(open: OpenStore): void {
  describe("clip store", () => {
    test("returns audio byte for byte, also to another process", async () => {
      const { one, other } = await open();
      const audio = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256);
      await one.clips.put(HERE, "spk_ann", "clp_1", audio);
      const back = await other.clips.get(HERE, "spk_ann", "clp_1");
      expect(back && Buffer.compare(back, audio)).toBe(0);
    });

    test("absent audio is undefined, and removing it does nothing", async () => {
      const { one } = await open();
      expect(await one.clips.get(HERE, "spk_ann", "clp_1")).toBeUndefined();
      await one.clips.remove(HERE, "spk_ann", "clp_1");
      await one.clips.removeSpeaker(HERE, "spk_ann");
      expect(await one.clips.list(HERE)).toEqual([]);
    });

    test("concurrent writers of the same audio leave it whole", async () => {
      const { one, other } = await open();
      const audio = new Uint8Array(50_000).fill(7);
      const writers = Array.from({ length: 16 }, (_, i) => (i % 2 ? one : other));
      await Promise.all(writers.map((s) => s.clips.put(HERE, "spk_ann", "clp_1", audio)));
      expect(await one.clips.get(HERE, "spk_ann", "clp_1")).toHaveLength(50_000);
      expect(await one.clips.list(HERE)).toEqual([{ uid: "spk_ann", clipId: "clp_1" }]);
    });

    test("reads the latest version, or a named version as it was put, until it is removed", async () => {
      const { one, other } = await open();
      const put = (text: string) => one.clips.put(HERE, "spk_ann", "clp_1", bytes(text));
      const read = async (version?: string) => {
        const found = await other.clips.get(HERE, "spk_ann", "clp_1", version);
        expect(await other.clips.has(HERE, "spk_ann", "clp_1", version)).toBe(found !== undefined);
        return found && new TextDecoder().decode(found);
      };
      const [first, last] = [await put("first"), await put("last")];
      expect(await read()).toBe("last");
      expect(await read(last)).toBe("last");
      expect(await read(first)).toBe(first === undefined ? "last" : "first");
      const latest = (version?: string) => other.clips.isLatest(HERE, "spk_ann", "clp_1", version);
      expect([await latest(), await latest(last), await latest(first)]).toEqual([true, true, !first]);
      await one.clips.remove(HERE, "spk_ann", "clp_1");
      for (const version of [undefined, first, last]) {
        expect(await read(version)).toBeUndefined();
        expect(await latest(version)).toBe(false);
      }
    });

    test("removing one clip keeps the speaker's others", async () => {
      const { one } = await open();
      for (const id of ["clp_1", "clp_2"] as const) await one.clips.put(HERE, "spk_ann", id, bytes(id));
      await one.clips.remove(HERE, "spk_ann", "clp_1");
      expect(await one.clips.list(HERE)).toEqual([{ uid: "spk_ann", clipId: "clp_2" }]);
    });

    test("erasing a speaker's audio keeps that of other speakers and registries", async () => {
      const { one } = await open();
      await one.clips.put(HERE, "spk_ann", "clp_1", bytes("ann"));
      await one.clips.put(HERE, "spk_max", "clp_1", bytes("max"));
      await one.clips.put(ELSEWHERE, "spk_ann", "clp_1", bytes("far"));
      await one.clips.removeSpeaker(HERE, "spk_ann");
      expect(await one.clips.list(HERE)).toEqual([{ uid: "spk_max", clipId: "clp_1" }]);
      expect(await one.clips.list(ELSEWHERE)).toEqual([{ uid: "spk_ann", clipId: "clp_1" }]);
    });

    test("writes that race an erasure complete, and leave each clip whole or absent", async () => {
      const { one, other } = await open();
      await Promise.all(
        Array.from({ length: 24 }, (_, i) =>
          i % 4 === 3
            ? other.clips.removeSpeaker(HERE, "spk_ann")
            : one.clips.put(HERE, "spk_ann", `clp_${i}`, bytes(`clip ${i}`)),
        ),
      );
      for (const { clipId } of await one.clips.list(HERE))
        expect(await one.clips.get(HERE, "spk_ann", clipId)).not.toHaveLength(0);
    });
  });
}
