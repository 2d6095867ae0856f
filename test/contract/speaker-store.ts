import { describe, expect, test } from "vitest";
import { AppError } from "../../lib/error.ts";
import type { SpeakerStore } from "../../lib/ports/speaker.ts";
import { toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { fakeVoice } from "../support/fake-embedder.ts";
import { AWKWARD, aClip, aSpeaker, ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";

export function speakerStoreContract(open: OpenStore): void {
  describe("speaker store", () => {
    test("an absent speaker is undefined", async () => {
      const { one } = await open();
      expect(await one.speakers.get(HERE, speakerId("absent"))).toBeUndefined();
    });

    test("returns a speaker as it was put, to the last bit, also to another process", async () => {
      const { one, other } = await open();
      const stats = { mean: 0.1 + 0.2, std: 1e-3 };
      const full = aSpeaker("full", {
        sum: AWKWARD,
        clips: [
          { clipId: "clp_one", audioSha256: "1f".repeat(32), speechSeconds: 2.5, bandwidth: "telephone" },
          { clipId: "clp_two", audioSha256: "2e".repeat(32), speechSeconds: 1 / 3, audioKept: false },
        ],
        name: "Ada",
        metadata: { team: "blue" },
        consent: "c-1",
        enrolledAt: "2026-02-03T04:05:06.007Z",
        expiresAt: "2031-01-31T00:00:00.000Z",
        stats: { cohortId: "coh_1", voice: { all: stats, top: { mean: -0.3, std: 1 / 3 } } },
      });
      const bare = aSpeaker("bare", { clips: [], optedOut: true });
      for (const speaker of [full, bare]) {
        await one.speakers.put(speaker);
        expect(await other.speakers.get(HERE, speaker.speakerId)).toStrictEqual(speaker);
      }
    });

    test("returns many speakers in the order of the requested IDs, repeating repeated IDs", async () => {
      const { one, other } = await open();
      const names = Array.from({ length: 130 }, (_, i) => `s${i}`);
      for (const name of names) await one.speakers.put(aSpeaker(name));
      await one.speakers.put(aSpeaker("s1", { registryId: ELSEWHERE, name: "another" }));
      const requested = ["s129", "absent", "s1", "s129", ...names].map(speakerId);
      const found = await other.speakers.getMany(HERE, requested);
      expect(found.map((speaker) => speaker?.speakerId)).toEqual([
        requested[0],
        undefined,
        ...requested.slice(2),
      ]);
      expect(found[2]).toStrictEqual(aSpeaker("s1"));
      expect(await other.speakers.getMany(HERE, [])).toEqual([]);
    });

    test("accepts version 1 only if no speaker has the ID", async () => {
      const { one } = await open();
      await one.speakers.put(aSpeaker("ann"));
      await rejectsAsContended(one.speakers.put(aSpeaker("ann", { name: "late" })));
      await rejectsAsContended(one.speakers.put(aSpeaker("ann", { uid: "spk_other" })));
      expect((await one.speakers.get(HERE, speakerId("ann")))?.name).toBeUndefined();
    });

    test("accepts version v only over version v - 1 of the same uid", async () => {
      const { one } = await open();
      await one.speakers.put(aSpeaker("ann"));
      await rejectsAsContended(one.speakers.put(aSpeaker("ann", { version: 3 })));
      await rejectsAsContended(one.speakers.put(aSpeaker("ann", { version: 2, uid: "spk_other" })));
      await one.speakers.put(aSpeaker("ann", { version: 2 }));
      await rejectsAsContended(one.speakers.put(aSpeaker("ann", { version: 2 })));
      expect((await one.speakers.get(HERE, speakerId("ann")))?.version).toBe(2);
    });

    test("writes a speaker and its clips together, or neither if another writer was first", async () => {
      const { one, other } = await open();
      await one.speakers.put(aSpeaker("ann"));
      await one.speakers.putClip(aClip("ann", "clp_ann"));
      const embedding = toFixed(fakeVoice("another model's"));
      const items = [
        aClip("ann", "clp_ann", { embedding, modelId: "mdl_next" }),
        aClip("ann", "clp_more", { embedding, modelId: "mdl_next" }),
      ];
      await rejectsAsContended(one.speakers.putWithClips(aSpeaker("ann", { version: 3 }), items));
      expect(await other.speakers.clips(HERE, "spk_ann")).toStrictEqual([aClip("ann", "clp_ann")]);
      const next = aSpeaker("ann", { version: 2, modelId: "mdl_next" });
      await one.speakers.putWithClips(next, items);
      expect(await other.speakers.get(HERE, next.speakerId)).toStrictEqual(next);
      expect(await other.speakers.clips(HERE, "spk_ann")).toStrictEqual(items);
      await rejectsAsContended(one.speakers.putWithClips(next, items));
    });

    test("a later version does not bring back an erased speaker", async () => {
      const { one, other } = await open();
      await one.speakers.put(aSpeaker("ann"));
      expect(await other.speakers.remove(HERE, speakerId("ann"))).toBe(true);
      await rejectsAsContended(one.speakers.put(aSpeaker("ann", { version: 2 })));
      expect(await one.speakers.get(HERE, speakerId("ann"))).toBeUndefined();
      expect(await one.speakers.remove(HERE, speakerId("ann"))).toBe(false);
    });

    test("exactly one of two concurrent writers wins", async () => {
      const { one, other } = await open();
      const firsts = await Promise.allSettled([one, other].map((s) => s.speakers.put(aSpeaker("ann"))));
      expect(firsts.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
      const seconds = await Promise.allSettled(
        ["x", "y"].map((name, i) => [one, other][i].speakers.put(aSpeaker("ann", { version: 2, name }))),
      );
      const won = seconds.findIndex((result) => result.status === "fulfilled");
      expect(seconds.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      expect((await one.speakers.get(HERE, speakerId("ann")))?.name).toBe(["x", "y"][won]);
    });

    test("the same ID in another registry is a different speaker", async () => {
      const { one } = await open();
      await one.speakers.put(aSpeaker("ann"));
      await one.speakers.put(aSpeaker("ann", { registryId: ELSEWHERE, uid: "spk_far", name: "far" }));
      expect((await one.speakers.get(HERE, speakerId("ann")))?.name).toBeUndefined();
      expect(await one.speakers.remove(ELSEWHERE, speakerId("ann"))).toBe(true);
      expect(await one.speakers.get(HERE, speakerId("ann"))).toBeDefined();
    });

    test("pages list each speaker once, in order of creation, and end", async () => {
      const { one } = await open();
      for (const name of ["zoe", "ann", "max", "Bob"]) await one.speakers.put(aSpeaker(name));
      await one.speakers.put(aSpeaker("far", { registryId: ELSEWHERE }));
      await one.speakers.put(aSpeaker("zoe", { version: 2 }));
      expect(await pages(one.speakers, 3)).toEqual([["zoe", "ann", "max"], ["Bob"]]);
      expect(await pages(one.speakers, 2)).toEqual([
        ["zoe", "ann"],
        ["max", "Bob"],
      ]);
      await one.speakers.remove(HERE, speakerId("ann"));
      await one.speakers.put(aSpeaker("ann", { uid: "spk_ann2" }));
      expect(await pages(one.speakers, 1000)).toEqual([["zoe", "max", "Bob", "ann"]]);
    });

    test("refreshed statistics change nothing else, and apply only to the version they were computed for", async () => {
      const { one, other } = await open();
      const side = { mean: 1 / 3, std: 0.1 };
      const stats = { cohortId: "coh_b", erased: 2, voice: { all: side, top: side } } as const;
      const ann = aSpeaker("ann");
      await one.speakers.put(ann);
      expect(await other.speakers.refreshStats(ann, stats)).toBe(true);
      expect(await one.speakers.get(HERE, speakerId("ann"))).toStrictEqual({ ...ann, stats });
      await one.speakers.put({ ...ann, version: 2 });
      for (const place of [ann, { ...ann, version: 3 }, { ...ann, version: 2, uid: "spk_x" } as const])
        expect(await other.speakers.refreshStats(place, stats)).toBe(false);
      expect((await one.speakers.get(HERE, speakerId("ann")))?.stats).toBeUndefined();
      await one.speakers.noteRefreshedStats(HERE);
      expect(await one.speakers.refreshStats(aSpeaker("max"), stats)).toBe(false);
      expect(await one.speakers.get(HERE, speakerId("max"))).toBeUndefined();
    });

    test("an empty registry has one empty page", async () => {
      const { one } = await open();
      expect(await one.speakers.list(HERE, undefined, 10)).toEqual({ items: [], next: undefined });
    });

    test("rejects a cursor that no page returned", async () => {
      const { one } = await open();
      await expect(one.speakers.list(HERE, "1 OR 1=1", 10)).rejects.toMatchObject({ slug: "invalid-cursor" });
    });
  });
}

async function rejectsAsContended(put: Promise<void>): Promise<void> {
  const error = await put.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ slug: "write-contention" });
}

async function pages(speakers: SpeakerStore, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let after: string | undefined;
  do {
    const page = await speakers.list(HERE, after, limit);
    found.push(page.items.map((speaker) => speaker.speakerId));
    after = page.next;
  } while (after !== undefined);
  return found;
}
