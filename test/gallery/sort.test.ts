import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { GalleryRow } from "../../lib/gallery/file/format.ts";
import { openGalleryFile, readRows } from "../../lib/gallery/file/read.ts";
import { rowSorter } from "../../lib/gallery/file/sort.ts";
import { galleryFile } from "../../lib/gallery/file/write.ts";
import { bytesOf, fileOf, galleryRows, infoOf, sourceOf } from "./gallery-rows.ts";

const D = 8;
const [first, second] = [galleryRows(30, D, 1), galleryRows(30, D, 2)];

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "voiceroll-sort-"));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

test("property: rows come in order of uid, the last of each, through any number of temporary files", async () => {
  const step = fc.record({ at: fc.integer({ min: 0, max: 29 }), newer: fc.boolean(), remove: fc.boolean() });
  const cases = fc.record({
    base: fc.uniqueArray(fc.integer({ min: 0, max: 29 })),
    steps: fc.array(step, { maxLength: 60 }),
    runRows: fc.constantFrom(1, 4, 1000),
  });
  const path = await folder();
  await fc.assert(
    fc.asyncProperty(cases, async ({ base, steps, runRows }) => {
      const rows = base.toSorted((a, b) => a - b).map((at) => first[at]);
      const expected = new Map(rows.map((row) => [row.uid, row]));
      const sorter = rowSorter(infoOf(D), path, runRows);
      for (const { at, newer, remove } of steps) {
        const row = (newer ? second : first)[at];
        if (remove) {
          sorter.remove(row.uid);
          expected.delete(row.uid);
        } else {
          await sorter.add(row);
          expected.set(row.uid, row);
        }
      }
      const file = await openGalleryFile(sourceOf(await fileOf(rows, D)));
      if (!file) throw new RangeError("no file");
      const found = await bytesOf(galleryFile(infoOf(D), sorter.rows(readRows(file))));
      const sorted = [...expected.values()].sort((a: GalleryRow, b: GalleryRow) => (a.uid < b.uid ? -1 : 1));
      expect(found.equals(await fileOf(sorted, D))).toBe(true);
      await sorter.close();
      expect(await readdir(path)).toEqual([]);
    }),
    { seed: 20260, numRuns: 40 },
  );
});
