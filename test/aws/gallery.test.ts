import type { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, inject, test } from "vitest";
import { ofPartition } from "../../lib/adapters/aws/attributes.ts";
import { changesPartition } from "../../lib/adapters/aws/keys.ts";
import { openSnapshot } from "../../lib/adapters/aws/snapshot.ts";
import type { Services } from "../../lib/ports/services.ts";
import { asNorm, voiceStats } from "../../lib/score/scoring/norm.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { scansContract } from "../contract/scans.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "../contract/store.ts";
import { standInClients } from "../support/aws.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { galleryPlace, putSpeakers, SPEAKERS, voiced } from "./gallery-place.ts";

const standIns = inject("standIns");
const cohort = fakeCohort(fakeModel());

async function search(services: Services, voice: string, limit = 3) {
  const stats = voiceStats(fakeVoice(voice), cohort);
  return services.gallery.search(HERE, { modelId: MODEL, cohort, embedding: fakeVoice(voice), stats }, limit);
}

function asNormOf(voice: string, of: string): number {
  const [enrolled, stats] = [fakeVoice(voice), fakeVoice(of)].map((one) => voiceStats(one, cohort));
  return enrolled && stats ? asNorm(cosine(fakeVoice(voice), fakeVoice(of)), enrolled, stats) : Number.NaN;
}

async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error("lost");
}

function place() {
  if (!standIns) throw new RangeError("no servers");
  return galleryPlace(standIns);
}

/** Keys of the objects that the client reads from now on. */
function objectsRead(client: S3Client): string[] {
  const keys: string[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === "GetObjectCommand") keys.push(String((args.input as { Key?: string }).Key));
        return next(args);
      },
    { step: "initialize", name: "objectsRead" },
  );
  return keys;
}

describe.skipIf(!standIns)("a gallery that is searched in another thread", () => {
  scansContract(async (scanThread) => (await place()).open({ scanThread }));
});

describe.skipIf(!standIns)("gallery snapshots", () => {
  test("a small registry has no snapshot; a larger one's scores equal those of the table to the last bit", async () => {
    const { build, voices, open, clock } = await place();
    const services = open();
    await putSpeakers(services, 0, 3);
    expect(await build()).toBe("small");
    await putSpeakers(services, 3, SPEAKERS);
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
    await services.speakers.put(voiced("late"));
    await services.speakers.remove(HERE, speakerId("v7"));
    const hits = (await search(open(), "v7", SPEAKERS)).hits.map(({ speakerId: id }) => id as string);
    expect(hits).toContain("late");
    expect(hits).not.toContain("v7");
    // An erased voice is removed from the snapshot immediately, and a stale snapshot isn't used.
    expect(await build()).toBe("written");
    expect(await voices()).not.toContain("spk_v7");
    clock.advance(16 * 86_400);
    expect(await voices()).toBeUndefined();
    expect((await search(open(), "v8")).searched).toBe(SPEAKERS);
  }, 180_000);

  test("after the statistics were refreshed against another cohort, the snapshot has these", async () => {
    const { build, blobs, clock, open } = await place();
    const services = open();
    await putSpeakers(services, 0, SPEAKERS);
    expect(await build()).toBe("written");
    const other: Cohort = { ...cohort, id: "coh_other", size: cohort.size - 1 };
    for (let n = 0; n < SPEAKERS; n++) {
      const speaker = voiced(`v${n}`, {}, other);
      if (speaker.stats) expect(await services.speakers.refreshStats(speaker, speaker.stats)).toBe(true);
    }
    // New statistics are no change of a voice, so the log has no entry of them.
    expect(await build()).toBe("kept");
    await services.speakers.noteRefreshedStats(HERE);
    const before = await search(services, "v7", SPEAKERS);
    expect(before.searched).toBe(SPEAKERS);
    expect(await build()).toBe("written");
    expect(await build()).toBe("kept");
    const found = await openSnapshot(blobs, { registryId: HERE, modelId: MODEL }, clock.now().getTime());
    expect(found?.file.info.cohortId).toBe("coh_other");
    expect(found?.head.rows).toBe(SPEAKERS);
  }, 180_000);

  test("one of several concurrent builders writes, the others are overtaken, and the snapshot is whole", async () => {
    const { build, voices, open } = await place();
    await putSpeakers(open(), 0, SPEAKERS);
    const done = await Promise.all([build(), build(), build()]);
    expect(done.toSorted()).toEqual(["overtaken", "overtaken", "written"]);
    expect((await voices())?.length).toBe(SPEAKERS);
  }, 180_000);

  test("a builder reads the rows of a snapshot only to write the next, and replaces a missing one", async () => {
    if (!standIns) throw new RangeError("no servers");
    const clients = standInClients(standIns);
    const read = objectsRead(clients.s3);
    const { build, voices, blobs, later, open } = await galleryPlace(standIns, clients);
    const services = open();
    /** Header and directory are two reads. */
    const readRows = () => read.splice(0).filter((key) => key.endsWith(".gallery")).length > 2;
    await putSpeakers(services, 0, SPEAKERS);
    expect(await build()).toBe("written");
    await services.speakers.put(voiced("late", later()));
    readRows();
    expect([await build(), readRows()]).toEqual(["kept", false]);
    await services.speakers.remove(HERE, speakerId("v7"));
    expect([await build(), readRows()]).toEqual(["written", true]);
    expect([await build(), readRows()]).toEqual(["kept", false]);
    await services.speakers.put(voiced("v8", { version: 2, sum: aSpeaker("eve").sum }));
    expect(await build()).toBe("written");
    expect((await voices())?.toSorted()).toEqual(expect.arrayContaining(["spk_late", "spk_v8"]));
    await blobs.removeUnder(`galleries/${HERE}/${MODEL}/0`);
    expect(await voices()).toBeUndefined();
    expect(await build()).toBe("written");
    expect(await voices()).toHaveLength(SPEAKERS);
  }, 180_000);

  test("whatever the builders saw and when, the snapshot equals a full rebuild byte for byte", async () => {
    const { build, blobs, bytes, open } = await place();
    const services = open();
    await putSpeakers(services, 0, SPEAKERS);
    await build();
    let state = 7;
    const draw = (most: number) => {
      state = (state * 48271) % 2147483647;
      return state % most;
    };
    const versions = new Map<number, number>();
    // Events can be lost, repeated or late: builders run at any time, and also at the same time.
    for (let step = 0; step < 40; step++) {
      const n = draw(SPEAKERS + 40);
      const before = versions.get(n) ?? (n < SPEAKERS ? 1 : 0);
      if (before > 0 && draw(3) === 0) {
        await services.speakers.remove(HERE, speakerId(`v${n}`));
        versions.set(n, 0);
      } else {
        const sum = aSpeaker(`voice-${step}`).sum;
        await services.speakers.put(voiced(`v${n}`, { version: before + 1, sum }));
        versions.set(n, before + 1);
      }
      if (draw(4) === 0) await Promise.all([build(), draw(2) ? build() : undefined]);
    }
    await build();
    const incremental = await bytes();
    await blobs.removeUnder(`galleries/${HERE}/${MODEL}/0`);
    expect(await build()).toBe("written");
    expect(incremental.length).toBeGreaterThan(10_000);
    expect((await bytes()).equals(incremental)).toBe(true);
  }, 180_000);

  test("a snapshot of another format or cohort is replaced, and until then not used", async () => {
    const { build, blobs, clock, later, open, voices } = await place();
    const folder = `galleries/${HERE}/${MODEL}`;
    const old = { format: 1, object: `${folder}/old.bin`, at: clock.now().getTime() };
    await blobs.put(old.object, Buffer.from("the voices of format 1"));
    await blobs.put(`${folder}/head.json`, Buffer.from(JSON.stringify(old)));
    const services = open();
    await putSpeakers(services, 0, 3);
    expect((await search(open(), "v1")).searched).toBe(3);
    expect(await build()).toBe("written");
    expect(await blobs.has(old.object)).toBe(false);
    expect(await voices()).toHaveLength(3);
    // A few voices with statistics against another cohort are read when the file is loaded.
    const other: Cohort = { ...cohort, id: "coh_other" };
    await services.speakers.put(voiced("late", later(), other));
    await services.speakers.remove(HERE, speakerId("v0"));
    expect(await build()).toBe("written");
    const { hits, searched } = await search(open(), "late");
    expect([searched, hits[0].speakerId]).toEqual([3, "late"]);
    const exact = asNormOf("late", "late");
    expect(Math.abs(hits[0].score - exact)).toBeLessThanOrEqual(hits[0].error);
    // If there are many, the next file is of their cohort.
    await putSpeakers(services, 10, 10 + SPEAKERS, other);
    expect(await build()).toBe("written");
    const found = await openSnapshot(blobs, { registryId: HERE, modelId: MODEL }, clock.now().getTime());
    expect(found?.file.info).toMatchObject({ cohortId: "coh_other", normalized: true });
    expect((await search(open(), "v1")).searched).toBe(3 + SPEAKERS);
  }, 180_000);

  test("a large object arrives in parts and is read in ranges", async () => {
    const { blobs } = await place();
    const bytes = Buffer.alloc(17 * 2 ** 20 + 5);
    for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003);
    }
    expect(await blobs.putParts("galleries/large", pieces())).toBe(bytes.length);
    expect(Buffer.from((await blobs.get("galleries/large"))?.bytes ?? []).equals(bytes)).toBe(true);
    const range = await blobs.range("galleries/large", 8_388_600, 8_388_616);
    expect(Buffer.from(range ?? []).equals(bytes.subarray(8_388_600, 8_388_616))).toBe(true);
    expect(await blobs.range("galleries/large", bytes.length - 5, bytes.length + 1)).toBeUndefined();
    expect(await blobs.range("galleries/none", 0, 5)).toBeUndefined();
    await expect(blobs.putParts("galleries/broken", failing(bytes))).rejects.toThrow("lost");
    expect(await blobs.has("galleries/broken")).toBe(false);
  }, 180_000);

  test("a process that hasn't read the log for longer than it records erasures starts over", async () => {
    const { table, open, clock } = await place();
    const services = open();
    await putSpeakers(services, 0, 5);
    const asleep = open();
    expect((await search(asleep, "v3", 5)).searched).toBe(5);
    await services.speakers.remove(HERE, speakerId("v3"));
    for (const entry of await table.query(ofPartition(changesPartition(HERE))))
      if (!entry.i) await table.delete({ Key: { PK: entry.PK, SK: entry.SK } });
    clock.advance(31 * 86_400);
    const { hits, searched } = await search(asleep, "v3", 5);
    expect([searched, hits.map(({ speakerId: id }) => id as string)]).toEqual([
      4,
      expect.not.arrayContaining(["v3"]),
    ]);
  });
});
