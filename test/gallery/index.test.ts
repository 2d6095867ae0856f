import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeGalleryIndex } from "../../lib/gallery/gallery-index.ts";
import { hashOf, idTable } from "../../lib/gallery/id-table.ts";
import { indexCache } from "../../lib/gallery/index-cache.ts";
import { rowIds } from "../../lib/gallery/row-ids.ts";
import { searchIndex } from "../../lib/gallery/search.ts";
import { parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import { addFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { cohortOf } from "../score/arbitraries.ts";
import { randomVoices } from "../score/random-voices.ts";

const D = 24;
const voices = randomVoices(64, { dimension: D, seed: 4, spread: 1 });
const cohort = cohortOf(randomVoices(30, { dimension: D, seed: 9, spread: 1 }), 10);
const named = (n: number): SpeakerId => parseSpeakerId(`id-${n}`) ?? expect.fail("no ID");
const voiceOf = (speaker: number, voice: number, life: number) => ({
  uid: `spk_${speaker}-${life}` as const,
  speakerId: named(speaker),
  sum: addFixed(new Float64Array(D), toFixed(voices[voice]), 1),
  stats: undefined,
});

test("property: after any changes, an index compares exactly the current voices, also within a group", () => {
  const step = fc.record({
    remove: fc.boolean(),
    speaker: fc.integer({ min: 0, max: 9 }),
    voice: fc.integer({ min: 0, max: 63 }),
    search: fc.boolean(),
  });
  const group = fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), group, (steps, members) => {
      const index = makeGalleryIndex(cohort);
      const current = new Map<number, { voice: number; life: number }>();
      const within = new Set(members.map(named));
      const check = () => {
        const probe = { modelId: "mdl_test" as const, cohort, embedding: voices[0], stats: undefined };
        const all = searchIndex(index, probe, 99, undefined);
        expect(all.searched).toBe(current.size);
        expect(all.hits.map(({ speakerId }) => speakerId as string).sort()).toEqual(
          [...current.keys()].map((speaker) => named(speaker) as string).sort(),
        );
        for (const { speakerId, uid, score, error } of all.hits) {
          const [speaker, one] =
            [...current].find(([n]) => named(n) === speakerId) ?? expect.fail("not there");
          expect(uid).toBe(`spk_${speaker}-${one.life}`);
          expect(Math.abs(score - cosine(voices[one.voice], voices[0]))).toBeLessThanOrEqual(error);
        }
        const part = searchIndex(index, probe, 99, within);
        expect(part.searched).toBe(members.filter((member) => current.has(member)).length);
        expect(part.hits.every((hit) => within.has(hit.speakerId))).toBe(true);
        expect(part.hits).toHaveLength(part.searched);
      };
      for (const [life, { remove, speaker, voice, search }] of steps.entries()) {
        const before = current.get(speaker);
        if (remove) {
          index.remove(`spk_${speaker}-${before?.life}`);
          current.delete(speaker);
        } else {
          const one = { voice, life: before?.life ?? life };
          index.upsert(voiceOf(speaker, voice, one.life));
          current.set(speaker, one);
        }
        if (search) check();
      }
      check();
      // Dropped rows are used again.
      expect(index.matrix.target.size).toBeLessThanOrEqual(10);
    }),
    { seed: 20260, numRuns: 60 },
  );
});

test("an ID table finds the row of each of many IDs, and none for others", () => {
  const table = idTable();
  const ids = Array.from({ length: 5000 }, (_, i) => `speaker-${i * 7}`);
  const hash = (id: string) => hashOf(Buffer.from(id));
  for (const [row, id] of ids.entries()) table.add(hash(id), row);
  for (const [row, id] of ids.entries()) expect(table.find(hash(id), (at) => ids[at] === id)).toBe(row);
  for (const id of ["speaker-1", "", "speaker-"])
    expect(table.find(hash(id), (at) => ids[at] === id)).toBeUndefined();
});

test("rows that are added while the table of speakers is being prepared are in it", async () => {
  const ids = rowIds();
  const many = 60_000;
  for (let row = 0; row < many; row++) ids.add(row, `spk_${row}`, named(row));
  const preparing = ids.prepare();
  // A row of each half goes to another speaker, and a new row is added.
  for (const row of [1, many - 2]) {
    ids.forget(row);
    ids.add(row, `spk_again-${row}`, named(row + many));
  }
  ids.add(many, `spk_${many}`, named(many));
  await preparing;
  const rowOf = (n: number) => ids.rowOfSpeaker(named(n), () => true);
  expect([0, 1 + many, 2 * many - 2, many, many - 1].map(rowOf)).toEqual([0, 1, many - 2, many, many - 1]);
  expect([1, many - 2].map(rowOf)).toEqual([undefined, undefined]);
});

test("keeps the indexes that were used last, within the bytes for all registries", () => {
  let made = 0;
  const make = (one: Cohort) => ({ cohort: one, bytes: 10, number: ++made });
  const { get, all } = indexCache(make, 30);
  const other: Cohort = { ...cohort, erased: 1 };
  const third: Cohort = { ...cohort, id: "coh_third" };
  expect([get("a", cohort), get("a", cohort), get("a", other)].map(({ number }) => number)).toEqual([
    1, 1, 2,
  ]);
  // Two cohorts of each registry and model.
  expect(get("a", third).number).toBe(3);
  expect(get("a", other).number).toBe(2);
  expect(get("a", cohort).number).toBe(4);
  // Three indexes fit: the one that was used longest ago goes.
  expect([get("b", cohort), get("c", cohort)].map(({ number }) => number)).toEqual([5, 6]);
  expect([get("a", cohort), get("b", cohort), get("c", cohort)].map(({ number }) => number)).toEqual([
    4, 5, 6,
  ]);
  expect(get("a", other).number).toBe(7);
  expect(all().map(({ name, index }) => `${name} ${index.number}`)).toEqual(["a 7", "c 6", "b 5"]);
  const { get: small } = indexCache(make, 5);
  const first = small("x", cohort).number;
  expect(small("x", cohort).number).toBe(first);
  expect(small("y", cohort).number).toBe(first + 1);
  expect(small("x", cohort).number).toBe(first + 2);
});
