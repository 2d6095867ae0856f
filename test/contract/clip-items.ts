import { describe, expect, test } from "vitest";
import { aClip, aSpeaker, ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";

export function clipItemsContract(open: OpenStore): void {
  describe("clip items", () => {
    test("returns a clip as it was put, to the last bit", async () => {
      const { one, other } = await open();
      const bare = aClip("ann", "clp_1");
      const full = aClip("ann", "clp_2", {
        embedding: Int32Array.from([0, 1, -1, 2 ** 28, -(2 ** 28), 2 ** 31 - 1]),
        quality: { ...bare.quality, snrDb: 12.3, bandwidth: "telephone" },
        warnings: ["narrow-band"],
        mediaType: "audio/wav",
        channel: 1,
        audioVersion: "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrH",
        enrolledBy: "0123456789abcdef0123456789abcdef",
        fingerprint: Uint8Array.from({ length: 1001 }, (_, i) => (i * i) % 251),
      });
      const measured = { ...full, clipId: "clp_3", quality: { ...bare.quality, levelDb: -26.2 } } as const;
      for (const clip of [bare, full, measured]) {
        await one.speakers.putClip(clip);
        expect(await other.speakers.getClip(HERE, "spk_ann", clip.clipId)).toStrictEqual(clip);
      }
    });

    test("an absent clip is undefined, and removing it does nothing", async () => {
      const { one } = await open();
      expect(await one.speakers.getClip(HERE, "spk_ann", "clp_1")).toBeUndefined();
      expect(await one.speakers.clips(HERE, "spk_ann")).toEqual([]);
      await one.speakers.removeClip(HERE, "spk_ann", "clp_1");
    });

    test("repeated and concurrent puts of a clip store it once", async () => {
      const { one, other } = await open();
      await Promise.all([one, other, one].map((s) => s.speakers.putClip(aClip("ann", "clp_1"))));
      expect(await one.speakers.clips(HERE, "spk_ann")).toHaveLength(1);
    });

    test("lists a speaker's clips in order of their IDs, without those of other speakers", async () => {
      const { one } = await open();
      for (const id of ["clp_b", "clp_c", "clp_a"] as const) await one.speakers.putClip(aClip("ann", id));
      await one.speakers.putClip(aClip("annette", "clp_d"));
      await one.speakers.putClip(aClip("ann", "clp_e", { registryId: ELSEWHERE }));
      const ids = async () => (await one.speakers.clips(HERE, "spk_ann")).map((clip) => clip.clipId);
      expect(await ids()).toEqual(["clp_a", "clp_b", "clp_c"]);
      await one.speakers.removeClip(HERE, "spk_ann", "clp_b");
      expect(await ids()).toEqual(["clp_a", "clp_c"]);
      expect(await one.speakers.getClip(HERE, "spk_ann", "clp_e")).toBeUndefined();
    });

    test("erasing a speaker erases its clip items, listed or not, and no others", async () => {
      const { one, other } = await open();
      await one.speakers.put(aSpeaker("ann"));
      await one.speakers.putClip(aClip("ann", "clp_ann"));
      await one.speakers.putClip(aClip("ann", "clp_unlisted"));
      await one.speakers.putClip(aClip("max", "clp_max"));
      await other.speakers.remove(HERE, speakerId("ann"));
      expect(await one.speakers.clips(HERE, "spk_ann")).toEqual([]);
      expect(await one.speakers.clips(HERE, "spk_max")).toHaveLength(1);
    });
  });
}
