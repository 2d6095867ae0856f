import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { localGallery } from "../../lib/adapters/local/gallery.ts";
import { galleryFiles } from "../../lib/adapters/local/gallery-files.ts";
import { localSpeakers } from "../../lib/adapters/local/speakers.ts";
import { openDatabase } from "../../lib/adapters/local/sqlite.ts";
import type { GalleryRow } from "../../lib/gallery/file/format.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { speakerStats, voiceStats } from "../../lib/score/scoring/norm.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "../contract/store.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { fakeClock, seededRandom } from "../support/fake-world.ts";
import { noTemplates } from "../support/templates.ts";

/** The fewest for which a file is written. */
const SPEAKERS = 1000;
const cohort = fakeCohort(fakeModel());

function voiced(name: string, given: Partial<Speaker> = {}): Speaker {
  const { uid, sum } = aSpeaker(name, given);
  return aSpeaker(name, { stats: speakerStats(fromFixed(sum), cohort, uid), ...given });
}

async function search(gallery: ReturnType<typeof localGallery>, voice: string) {
  const embedding = fakeVoice(voice);
  const probe = { modelId: MODEL, cohort, embedding, stats: voiceStats(embedding, cohort) };
  return gallery.search(HERE, probe, 1);
}

/** A folder with SPEAKERS voices; `open` opens it as another process does. */
async function place() {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-gallery-"));
  const clock = fakeClock(new Date().toISOString());
  const opened: { database: DatabaseSync; close(): Promise<void> }[] = [];
  const open = () => {
    const database = openDatabase(folder);
    const files = galleryFiles(database, seededRandom(), clock);
    const gallery = localGallery(database, { files, templates: noTemplates });
    opened.push({ database, close: gallery.close });
    return { database, files, gallery, speakers: localSpeakers(database) };
  };
  onTestFinished(async () => {
    for (const { database, close } of opened) {
      await close();
      database.close();
    }
    rmSync(folder, { recursive: true });
  });
  const first = open();
  first.database.exec("PRAGMA synchronous = OFF");
  for (let i = 0; i < SPEAKERS; i++) await first.speakers.put(voiced(`v${i}`));
  const home = join(folder, "galleries", HERE);
  const names = () => readdirSync(join(folder, "galleries"), { recursive: true }) as string[];
  const contents = () =>
    names()
      .filter((name) => name.endsWith(".gallery"))
      .map((name) => readFileSync(join(folder, "galleries", name)));
  return { folder, home, clock, open, first, names, contents };
}

test("a process starts with the file and the changes after it, and ignores a damaged file", async () => {
  const { home, open, first, contents } = await place();
  await search(first.gallery, "v0");
  await first.gallery.writeFiles();
  expect(contents()).toHaveLength(1);
  await first.gallery.writeFiles();
  expect(contents()).toHaveLength(1);
  await first.speakers.put(voiced("late"));
  await first.speakers.put(voiced("v1", { version: 2, sum: aSpeaker("v1-more").sum }));
  expect(contents()).toHaveLength(1);
  // Not in the log, so only a process that starts with the file doesn't see it.
  first.database
    .prepare("UPDATE speakers SET sum = ? WHERE speaker_id = 'v2'")
    .run(new Uint8Array(64 * 8).fill(63));
  for (const voice of ["v0", "v2", "late", "v1-more"]) {
    const { hits, searched } = await search(open().gallery, voice);
    expect([searched, hits[0].speakerId]).toEqual([SPEAKERS + 1, voice === "v1-more" ? "v1" : voice]);
  }
  const [name] = readdirSync(home);
  const bytes = readFileSync(join(home, name));
  bytes[5000] ^= 1;
  writeFileSync(join(home, name), bytes);
  const { hits, searched } = await search(open().gallery, "v2");
  expect([searched, hits[0].speakerId === "v2"]).toEqual([SPEAKERS + 1, false]);
}, 60_000);

test("a file of a cohort that is no longer searched is written again", async () => {
  const { open, first } = await place();
  await search(first.gallery, "v0");
  await first.gallery.writeFiles();
  const cohortOf = async () => {
    const found = await open().files.open(HERE, MODEL);
    await found?.close();
    return found?.file.info.cohortErased;
  };
  expect(await cohortOf()).toBe(0);
  const later = open().gallery;
  const [embedding, erased] = [fakeVoice("v3"), { ...cohort, erased: 1 }];
  const probe = { modelId: MODEL, cohort: erased, embedding, stats: voiceStats(embedding, erased) };
  const expected = await later.search(HERE, probe, 1);
  await later.writeFiles();
  expect(await cohortOf()).toBe(1);
  const again = await open().gallery.search(HERE, probe, 1);
  expect(again).toEqual({ ...expected, hits: expect.arrayContaining([...expected.hits]) });
}, 60_000);

test("an erased speaker and a voice without a removed clip leave the file at once, and the next file too", async () => {
  const { open, first, contents } = await place();
  const holds = (text: string) => contents().some((bytes) => bytes.includes(text));
  await search(first.gallery, "v0");
  await first.gallery.writeFiles();
  expect(holds("v7")).toBe(true);
  // As a command does, in its own process, without a search.
  await open().speakers.remove(HERE, speakerId("v7"));
  expect(contents()).toEqual([]);
  for (let i = 0; i < 3; i++) await first.speakers.put(voiced(`more-${i}`));
  await search(first.gallery, "v0");
  await first.gallery.writeFiles();
  expect([holds("spk_v77"), holds("spk_v7spk"), holds("v7spk_v70")]).toEqual([true, false, false]);
  expect((await search(open().gallery, "v7")).searched).toBe(SPEAKERS + 2);
  await first.speakers.put(aSpeaker("v8", { version: 2, clips: [], sum: new Float64Array(64) }));
  expect(contents()).toEqual([]);
}, 60_000);

test("a file that was being written during an erasure isn't used", async () => {
  const { first, contents, names, clock, home } = await place();
  const { files, speakers } = first;
  const info = {
    ...{ modelId: MODEL, dimension: 64, generation: 0, cohortId: cohort.id },
    ...{ cohortErased: 0, normalized: true },
  };
  const row: GalleryRow = {
    ...{ codes: new Int8Array(64), scale: 1, error: 0, mean: 0, std: 1 },
    ...{ uid: "spk_v3", speakerId: speakerId("v3") },
  };
  const { lsn } = first.database.prepare("SELECT max(lsn) AS lsn FROM changes").get() as { lsn: number };
  expect(await files.write(HERE, info, [row], lsn)).toBe(true);
  await speakers.remove(HERE, speakerId("v3"));
  expect(await files.write(HERE, info, [row], lsn)).toBe(false);
  expect(contents()).toEqual([]);
  expect(await files.open(HERE, MODEL)).toBeUndefined();
  // What a killed process left is removed when it is a minute old.
  expect(await files.write(HERE, info, [row], lsn + 1)).toBe(true);
  for (const [name, age] of [
    ["young", 30],
    ["old", 90],
  ] as const) {
    writeFileSync(join(home, name), "");
    const at = clock.now().getTime() / 1000 - age;
    utimesSync(join(home, name), at, at);
  }
  files.tidy();
  expect(
    names()
      .map((name) => name.replace(/\w{32}\.gallery/, "file"))
      .toSorted(),
  ).toEqual([HERE, `${HERE}/file`, `${HERE}/young`]);
}, 60_000);
