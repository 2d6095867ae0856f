import type { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, inject, test } from "vitest";
import { ofPartition } from "../../lib/adapters/aws/attributes.ts";
import { changesPartition } from "../../lib/adapters/aws/keys.ts";
import type { Services } from "../../lib/ports/services.ts";
import { voiceStats } from "../../lib/score/scoring/norm.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "../contract/store.ts";
import { standInClients } from "../support/aws.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { galleryPlace, putSpeakers, SPEAKERS } from "./gallery-place.ts";

const standIns = inject("standIns");
const cohort = fakeCohort(fakeModel());

async function search(services: Services, voice: string, limit = 3) {
  const stats = voiceStats(fakeVoice(voice), cohort);
  return services.gallery.search(HERE, { modelId: MODEL, cohort, embedding: fakeVoice(voice), stats }, limit);
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
    await services.speakers.put(aSpeaker("late"));
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

  test("one of several concurrent builders writes, the others are overtaken, and the snapshot is whole", async () => {
    const { build, voices, open } = await place();
    await putSpeakers(open(), 0, SPEAKERS);
    const done = await Promise.all([build(), build(), build()]);
    expect(done.toSorted()).toEqual(["overtaken", "overtaken", "written"]);
    expect((await voices())?.length).toBe(SPEAKERS);
  }, 180_000);

  test("a builder reads its own snapshot only to write the next, and replaces a missing one", async () => {
    if (!standIns) throw new RangeError("no servers");
    const clients = standInClients(standIns);
    const read = objectsRead(clients.s3);
    const { build, openBuilder, voices, blobs, open } = await galleryPlace(standIns, clients);
    const services = open();
    const erase = (name: string) => services.speakers.remove(HERE, speakerId(name));
    const isRead = () => read.splice(0).some((key) => key.endsWith(".bin"));
    await putSpeakers(services, 0, SPEAKERS);
    expect(await build()).toBe("written");
    await services.speakers.put(aSpeaker("late"));
    isRead();
    expect([await build(), isRead()]).toEqual(["kept", false]);
    const other = openBuilder();
    expect([await other(), isRead()]).toEqual(["kept", true]);
    await erase("v7");
    expect([await other(), isRead()]).toEqual(["written", true]);
    expect([await build(), isRead()]).toEqual(["kept", true]);
    expect([await build(), isRead()]).toEqual(["kept", false]);
    await services.speakers.put(aSpeaker("v8", { version: 2, sum: aSpeaker("eve").sum }));
    expect(await build()).toBe("written");
    expect((await voices())?.toSorted()).toEqual(expect.arrayContaining(["spk_late", "spk_v8"]));
    await blobs.removeUnder(`galleries/${HERE}/${MODEL}/0`);
    expect(await voices()).toBeUndefined();
    expect(await build()).toBe("written");
    expect(await voices()).toHaveLength(SPEAKERS);
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
