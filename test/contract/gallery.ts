import { describe, expect, test } from "vitest";
import type { SpeakerUid } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import { asNorm, topWithout, voiceStats } from "../../lib/score/scoring/norm.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { aSpeaker, ELSEWHERE, HERE, MODEL, type OpenStore, speakerId } from "./store.ts";

const cohort = fakeCohort(fakeModel());
const probe = (voice: string, normalized = true, by = cohort) => ({
  modelId: MODEL,
  cohort: by,
  embedding: fakeVoice(voice),
  stats: normalized ? voiceStats(fakeVoice(voice), by) : undefined,
});
/** VOICEROLL_RACES=5000 runs as many as docs/benchmarks.md reports. */
const RACES = Number(process.env.VOICEROLL_RACES ?? 80);
/** The fake cohort's rows from the nth on, as a cohort of its own. */
const partOf = (id: Cohort["id"], from: number, given: Partial<Cohort> = {}): Cohort => ({
  ...cohort,
  id,
  size: cohort.size - from,
  rows: cohort.rows.slice(from * cohort.dimension),
  ...given,
});
/** The best hits in the order of their exact scores, given by `score`. */
async function best(
  services: Services,
  asked: ReturnType<typeof probe>,
  limit: number,
  score: (voice: string) => number,
): Promise<string[]> {
  const { hits, floor } = await services.gallery.search(HERE, asked, limit);
  for (const hit of hits) expect(Math.abs(hit.score - score(hit.speakerId))).toBeLessThanOrEqual(hit.error);
  const ranked = hits.map((hit) => hit.speakerId as string).sort((a, b) => score(b) - score(a));
  if (ranked.length > limit) expect(score(ranked[limit - 1])).toBeGreaterThanOrEqual(floor);
  return ranked.slice(0, limit);
}
/** The names whose codes score highest. */
const names = async (services: Services, voice: string, limit = 10) =>
  (await services.gallery.search(HERE, probe(voice), limit)).hits
    .slice(0, limit)
    .map((hit) => hit.speakerId as string);

export function galleryContract(open: OpenStore): void {
  describe("gallery", () => {
    test("an empty registry has no hits", async () => {
      const { one } = await open();
      expect(await one.gallery.search(HERE, probe("ann"), 5)).toEqual({
        hits: [],
        floor: Number.NEGATIVE_INFINITY,
        searched: 0,
      });
    });

    test("compares every voiceprint; the limit cuts only the hits", async () => {
      const { one } = await open();
      for (let i = 0; i < 120; i++) await one.speakers.put(aSpeaker(`voice-${i}`));
      const { hits, floor, searched } = await one.gallery.search(HERE, probe("voice-119", false), 3);
      expect(searched).toBe(120);
      expect(hits.length).toBeGreaterThanOrEqual(3);
      expect(hits.length).toBeLessThan(60);
      expect(hits[0]).toMatchObject({ speakerId: "voice-119", uid: "spk_voice-119" });
      expect(Math.abs(hits[0].score - 1)).toBeLessThanOrEqual(hits[0].error);
      expect(hits[0].error).toBeLessThan(0.02);
      expect(floor).toBeLessThan(hits[0].score);
    });

    test("compares and counts only the given speakers", async () => {
      const { one } = await open();
      for (const name of ["ann", "bob", "eve", "max"]) await one.speakers.put(aSpeaker(name));
      const within = new Set(["eve", "max", "gone"].map(speakerId));
      const { hits, searched } = await one.gallery.search(HERE, probe("ann"), 5, within);
      expect(searched).toBe(2);
      expect(hits.map((hit) => hit.speakerId as string).sort()).toEqual(["eve", "max"]);
      expect(await one.gallery.search(HERE, probe("ann"), 5, new Set())).toEqual({
        hits: [],
        floor: Number.NEGATIVE_INFINITY,
        searched: 0,
      });
    });

    test("ranks hits by AS-Norm if the probe has statistics, otherwise by cosine", async () => {
      const { one } = await open();
      const voices = Array.from({ length: 40 }, (_, i) => `voice-${i}`);
      for (const voice of voices) await one.speakers.put(aSpeaker(voice));
      const by = (score: (voice: string) => number) =>
        voices.toSorted((a, b) => score(b) - score(a)).slice(0, 10);
      const raw = (voice: string) => cosine(fakeVoice(voice), fakeVoice("probe"));
      const normalized = (voice: string) => {
        const [enrolled, stats] = [voiceStats(fakeVoice(voice), cohort), probe("probe").stats];
        return enrolled && stats ? asNorm(raw(voice), enrolled, stats) : Number.NaN;
      };
      expect(by(raw)).not.toEqual(by(normalized));
      expect(await best(one, probe("probe", false), 10, raw)).toEqual(by(raw));
      expect(await best(one, probe("probe"), 10, normalized)).toEqual(by(normalized));
    });

    test("a search sees the commits of another process", async () => {
      const { one, other } = await open();
      await one.speakers.put(aSpeaker("ann"));
      expect(await names(one, "max", 1)).toEqual(["ann"]);
      await other.speakers.put(aSpeaker("max"));
      expect(await names(one, "max", 1)).toEqual(["max"]);
      await other.speakers.put(aSpeaker("ann", { version: 2, sum: aSpeaker("eve").sum }));
      expect(await names(one, "eve", 1)).toEqual(["ann"]);
      await other.speakers.remove(HERE, speakerId("ann"));
      expect(await names(one, "eve")).toEqual(["max"]);
    });

    test("after erasures and changes in any order, compares exactly the stored voices", async () => {
      const { one, other } = await open();
      const existing = new Map<string, string>();
      for (let i = 0; i < 12; i++) {
        existing.set(`row-${i}`, `row-${i}`);
        await one.speakers.put(aSpeaker(`row-${i}`));
      }
      const rows = async () => {
        for (const [name, voice] of existing) expect(await names(one, voice, 1)).toEqual([name]);
        expect((await names(one, "row-7", 50)).sort()).toEqual([...existing.keys()].sort());
      };
      await rows();
      // The last row moves into each gap: then it changes, then it goes itself.
      for (const gone of ["row-11", "row-0", "row-5", "row-10", "row-1"]) {
        await other.speakers.remove(HERE, speakerId(gone));
        existing.delete(gone);
        await rows();
        const last = [...existing.keys()].at(-1) ?? "";
        const { version = 0 } = (await one.speakers.get(HERE, speakerId(last))) ?? {};
        const sum = aSpeaker(`${last}-${version}`).sum;
        await other.speakers.put(aSpeaker(last, { version: version + 1, sum }));
        existing.set(last, `${last}-${version}`);
        await rows();
      }
      await other.speakers.put(aSpeaker("row-0", { uid: "spk_again" }));
      existing.set("row-0", "row-0");
      await rows();
    });

    test("does not compare speakers without clips, of another model or of another registry", async () => {
      const { one } = await open();
      const other: Partial<Speaker> = { modelId: "mdl_other", sum: new Float64Array(8).fill(1) };
      await one.speakers.put(aSpeaker("bare", { clips: [], sum: new Float64Array(64) }));
      await one.speakers.put(aSpeaker("gone", { clips: [], sum: new Float64Array(64), optedOut: true }));
      await one.speakers.put(aSpeaker("old", other));
      await one.speakers.put(aSpeaker("far", { registryId: ELSEWHERE }));
      expect((await one.gallery.search(HERE, probe("ann"), 5)).searched).toBe(0);
      await one.speakers.put(aSpeaker("ann"));
      await names(one, "ann");
      await one.speakers.put(aSpeaker("ann", { version: 2, clips: [], sum: new Float64Array(64) }));
      expect(await names(one, "ann")).toEqual([]);
    });

    test("in races of commits and searches, a search has every commit that resolved before it", async () => {
      const { one, other } = await open();
      for (let i = 0; i < 20; i++) await one.speakers.put(aSpeaker(`row-${i}`));
      const wrong: string[] = [];
      for (let race = 0; race < RACES; race++) {
        const [process, name] = [race % 2 ? one : other, `row-${race % 20}`];
        // Searches run all the time, in both processes.
        const around = [one, other].map((each) => names(each, name, 3));
        const isErased = race % 40 < 20;
        if (isErased) await process.speakers.remove(HERE, speakerId(name));
        else await process.speakers.put(aSpeaker(name, { uid: `spk_${race}` }));
        const found = await Promise.all([one, other].map((each) => names(each, name, 1)));
        for (const [first] of found) if ((first === name) === isErased) wrong.push(`${race}: ${first}`);
        await Promise.all(around);
      }
      expect(wrong).toEqual([]);
    }, 600_000);

    test("does not use statistics of another cohort", async () => {
      const { one } = await open();
      const wrong = { mean: -9, std: 1 };
      const stats = { cohortId: "coh_other", voice: { all: wrong, top: wrong } } as const;
      await one.speakers.put(aSpeaker("ann"));
      await one.speakers.put(aSpeaker("max", { stats }));
      expect(await names(one, "ann", 1)).toEqual(["ann"]);
    });

    test("scores each search against its own cohort, in sequence and concurrently", async () => {
      const { one, other } = await open();
      const voices = Array.from({ length: 130 }, (_, i) => `voice-${i}`);
      const cohorts = [cohort, partOf("coh_b", 12), partOf("coh_c", 20, { erased: 2 }), partOf("coh_c", 25)];
      for (const [i, name] of voices.entries()) {
        const { cohortId, voice } = {
          cohortId: cohorts[i % 4].id,
          voice: voiceStats(fakeVoice(name), cohorts[i % 4]),
        };
        await one.speakers.put(
          aSpeaker(name, { stats: voice && { cohortId, erased: cohorts[i % 4].erased, voice } }),
        );
      }
      const searched = async (by: Cohort, services: Services) => {
        const { stats } = probe("probe", true, by);
        const { hits } = await services.gallery.search(HERE, probe("probe", true, by), 130);
        expect(hits).toHaveLength(130);
        for (const { speakerId: name, score, error } of hits) {
          const enrolled = voiceStats(fakeVoice(name), by);
          const raw = cosine(fakeVoice(name), fakeVoice("probe"));
          const exact = enrolled && stats ? asNorm(raw, enrolled, stats) : Number.NaN;
          expect(Math.abs(score - exact)).toBeLessThanOrEqual(error);
        }
      };
      for (const by of [...cohorts, ...cohorts]) await searched(by, one);
      await Promise.all([...cohorts, ...cohorts].flatMap((by) => [searched(by, one), searched(by, other)]));
    });

    test("scores a speaker of the cohort without its own row, on both sides", async () => {
      const { one } = await open();
      const rows = cohort.rows.slice();
      rows.set(fakeVoice("ann"), 5 * cohort.dimension);
      const owners = Array.from({ length: cohort.size }, (_, i) =>
        i === 5 ? ("spk_ann" as const) : undefined,
      );
      const by: Cohort = { ...cohort, id: "coh_own", rows, owners };
      for (const name of ["ann", "max"]) await one.speakers.put(aSpeaker(name));
      const asked = { ...probe("ann", true, by), without: topWithout(fakeVoice("ann"), by) };
      const { hits } = await one.gallery.search(HERE, asked, 2);
      const expected = (name: string, uid: SpeakerUid) => {
        const [enrolled, stats] = [fakeVoice(name), fakeVoice("ann")].map((voice) =>
          voiceStats(voice, by, uid),
        );
        return enrolled && stats
          ? asNorm(cosine(fakeVoice(name), fakeVoice("ann")), enrolled, stats)
          : Number.NaN;
      };
      expect(hits.map((hit) => hit.speakerId as string)).toEqual(["ann", "max"]);
      for (const { speakerId: name, uid, score, error } of hits)
        expect(Math.abs(score - expected(name, uid))).toBeLessThanOrEqual(error);
    });
  });
}
