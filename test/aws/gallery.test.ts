import { describe, expect, inject, test } from "vitest";
import { s3Blobs } from "../../lib/adapters/aws/blobs.ts";
import { buildGallery } from "../../lib/adapters/aws/gallery-build.ts";
import { lsnSource } from "../../lib/adapters/aws/lsn.ts";
import { readSnapshot } from "../../lib/adapters/aws/snapshot.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import type { Services } from "../../lib/ports.ts";
import { voiceStats } from "../../lib/score/norm.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "../contract/store.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { seededRandom } from "../support/services.ts";

const standIns = inject("standIns");
const cohort = fakeCohort(fakeModel());
const SPEAKERS = 204;

async function search(services: Services, voice: string, limit = 3) {
  const stats = voiceStats(fakeVoice(voice), cohort);
  return services.gallery.search(HERE, { modelId: MODEL, cohort, embedding: fakeVoice(voice), stats }, limit);
}

async function builder() {
  if (!standIns) throw new RangeError("no servers");
  const place = await awsPlace(standIns);
  const clients = standInClients(standIns);
  const world = { clock: place.clock, random: seededRandom() };
  const table = openTable(clients.dynamodb, place.table, world);
  const blobs = s3Blobs(clients.s3, place.bucket);
  const stores = { table, blobs, clock: place.clock, drawLsn: lsnSource(world) };
  const build = () => buildGallery(stores, HERE, MODEL);
  const voices = async () => {
    const found = await readSnapshot(blobs, {
      registryId: HERE,
      modelId: MODEL,
      now: place.clock.now().getTime(),
    });
    return found && [...found.voices].map(({ uid }) => uid as string);
  };
  return { ...place, build, voices };
}

async function enrol(services: Services, from: number, to: number) {
  for (let at = from; at < to; at += 8)
    await Promise.all(
      Array.from({ length: Math.min(8, to - at) }, (_, i) => services.speakers.put(aSpeaker(`v${at + i}`))),
    );
}

describe.skipIf(!standIns)("gallery snapshots", () => {
  test("a small registry has none; a larger one's scores are those of the table to the last bit", async () => {
    const { build, voices, open, clock } = await builder();
    const services = open();
    await enrol(services, 0, 3);
    expect(await build()).toBe("small");
    await enrol(services, 3, SPEAKERS);
    const expected = await search(services, "v7", SPEAKERS);
    expect(await build()).toBe("written");
    expect(await voices()).toHaveLength(SPEAKERS);
    expect(await build()).toBe("kept");
    const fresh = open();
    const found = await search(fresh, "v7", SPEAKERS);
    expect(found.searched).toBe(SPEAKERS);
    const byUid = (hits: typeof found.hits) => hits.toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
    expect(byUid(found.hits)).toStrictEqual(byUid(expected.hits));
    // What came after the snapshot is in the log's tail.
    await services.speakers.put(aSpeaker("late"));
    await services.speakers.remove(HERE, speakerId("v7"));
    const hits = (await search(open(), "v7", SPEAKERS)).hits.map(({ speakerId: id }) => id as string);
    expect(hits).toContain("late");
    expect(hits).not.toContain("v7");
    // An erased voice leaves the snapshot at once, and a stale snapshot is not believed.
    expect(await build()).toBe("written");
    expect(await voices()).not.toContain("spk_v7");
    clock.advance(16 * 86_400);
    expect(await voices()).toBeUndefined();
    expect((await search(open(), "v8")).searched).toBe(SPEAKERS);
  }, 180_000);

  test("of builders at once one writes and the others are overtaken; the snapshot is whole", async () => {
    const { build, voices, open } = await builder();
    await enrol(open(), 0, SPEAKERS);
    const done = await Promise.all([build(), build(), build()]);
    expect(done.toSorted()).toEqual(["overtaken", "overtaken", "written"]);
    expect((await voices())?.length).toBe(SPEAKERS);
  }, 180_000);
});
