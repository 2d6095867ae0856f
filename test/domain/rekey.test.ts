import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { localSpeakers } from "../../lib/adapters/local/speakers.ts";
import { openDatabase } from "../../lib/adapters/local/sqlite.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { rekey } from "../../lib/domain/maintenance/rekey.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { decodeFloat64 } from "../../lib/score/scoring/codec.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { cosine, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { aCohort } from "../contract/cohort-store.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices, type TestServices } from "../support/services.ts";
import { enrollTakes, named, recomputed, refusal, speakerId, stored } from "./asking.ts";

/** These tests read the files of one machine. */
async function local(names: readonly string[] = []): Promise<TestServices> {
  const services = await openTestServices({ store: "local" });
  onTestFinished(() => services.close());
  for (const name of names) await enrollTakes(services, name, 4);
  return services;
}

const keysOf = ({ folder, registryId }: TestServices) =>
  readdirSync(join(folder, "template-keys")).map((name) => name.replace(`${registryId}.`, ""));

/** Every stored sum, and every stored embedding, as the database has it. */
function rows({ folder }: TestServices): { sums: Map<string, UnitVector>; generations: Set<unknown> } {
  const database = new DatabaseSync(join(folder, "voiceroll.db"), { readOnly: true });
  const speakers = database.prepare("SELECT speaker_id, sum, body FROM speakers").all();
  const clips = database.prepare("SELECT body FROM clips").all();
  database.close();
  const generations = [...speakers, ...clips].map(({ body }) => JSON.parse(String(body)).templateGeneration);
  const sums = speakers.map(
    ({ speaker_id, sum }) => [String(speaker_id), fromFixed(decodeFloat64(sum as Uint8Array))] as const,
  );
  return { sums: new Map(sums), generations: new Set(generations) };
}

const NAMES = ["ann", "bob", "eve", "max", "zoe"];

/** Rejects unless the right speaker, and only that one, is accepted and found. */
async function answersRight(services: TestServices, names: readonly string[] = NAMES): Promise<void> {
  for (const name of names) {
    const clip = fakeClip(`voice=${name} take=9`);
    expect(await verify(services, { ...named(services, name), clip })).toMatchObject({ decision: "accept" });
    const found = await identify(services, { registry: services.registry, clip });
    expect(found).toMatchObject({ decision: "match", searched: names.length });
    expect(found.candidates[0]?.speaker).toBe(name);
  }
}

/** Makes a registry from before template keys. */
async function withoutTemplates(services: TestServices): Promise<TestServices> {
  const registry = { ...services.registry, templates: undefined };
  await services.registries.put({ ...registry, active: {} });
  return services;
}

test("a new registry stores voiceprints rotated, under a private key outside of the database", async () => {
  const services = await local(["ann"]);
  const { embedding } = await services.embedder.embed(fakeClip("voice=ann take=1"));
  const plain = embedding as UnitVector;
  expect(cosine(fromFixed((await stored(services, "ann")).sum), plain)).toBeGreaterThan(0.8);
  expect(Math.abs(cosine(rows(services).sums.get("ann") as UnitVector, plain))).toBeLessThan(0.5);
  expect(rows(services).generations).toEqual(new Set([1]));
  expect(keysOf(services)).toEqual(["1.key"]);
  const file = join(services.folder, "template-keys", `${services.registryId}.1.key`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a registry from before template keys is read as it is, until it is rekeyed", async () => {
  const services = await withoutTemplates(await local());
  for (const name of NAMES) await enrollTakes(services, name, 4);
  const plain = rows(services);
  expect(plain.generations).toEqual(new Set([undefined]));
  await answersRight(services);
  expect(await rekey(services, services)).toEqual({ generation: 1, speakers: 5, cohorts: 0, resumed: false });
  expect(rows(services).generations).toEqual(new Set([1]));
  await answersRight(services);
});

test("rekey renews every vector, deletes the former key and changes no score", async () => {
  const services = await local(NAMES);
  await enrollTakes(services, "ann", 1, 7);
  const before = rows(services).sums;
  const ann = await stored(services, "ann");
  expect(await rekey(services, services)).toMatchObject({ generation: 2, speakers: 5 });
  const after = await stored(services, "ann");
  expect({ ...after, version: ann.version }).toStrictEqual(ann);
  expect(await recomputed(services, after)).toStrictEqual(ann.sum);
  for (const [name, row] of rows(services).sums)
    expect(Math.abs(cosine(row, before.get(name) as UnitVector))).toBeLessThan(0.5);
  expect([rows(services).generations, keysOf(services)]).toEqual([new Set([2]), ["2.key"]]);
  expect((await services.registries.get(services.registryId))?.templates).toEqual({ generation: 2 });
  expect((await fsck(services, {})).findings).toEqual([]);
  await answersRight(services);
});

test("scores are the same to the last bit with and without a template key", async () => {
  const scoresOf = async (services: TestServices) => {
    for (const name of NAMES) await enrollTakes(services, name, 3);
    const scores: unknown[] = [];
    for (const name of NAMES)
      for (const voice of NAMES) {
        const clip = fakeClip(`voice=${voice} take=9`);
        const { score } = await verify(services, { ...named(services, name), clip });
        const { candidates } = await identify(services, { registry: services.registry, clip });
        scores.push(
          score,
          candidates.map(({ speaker, score }) => [speaker, score]),
        );
      }
    return scores;
  };
  const [rotated, plain] = [await local(), await withoutTemplates(await local())];
  expect(await scoresOf(rotated)).toStrictEqual(await scoresOf(plain));
});

test("answers are right at every step of a renewal, by this process and by another", async () => {
  const services = await local(NAMES);
  const other = await openTestServices({ folder: services.folder, clock: services.clock, store: "local" });
  onTestFinished(() => other.close());
  let steps = 0;
  const speakers = {
    ...services.speakers,
    renew: async (...key: Parameters<typeof services.speakers.renew>) => {
      const renewed = await services.speakers.renew(...key);
      if (steps++ < 5) for (const one of [services, other]) await answersRight(one);
      return renewed;
    },
  };
  await rekey({ ...services, speakers }, services);
  expect(steps).toBe(10);
  await answersRight(other);
  await rekey(other, services);
  await answersRight(services);
});

test("after a crash at any write, everything can be read, and the next run ends the renewal", async () => {
  const names = ["ann", "bob"];
  for (let nth = 1, done = false; !done; nth++) {
    const services = await local(names);
    await services.cohorts.put(aCohort({ registryId: services.registryId }));
    done = await rekey(dyingAfter(services, nth), services).then(
      () => true,
      () => false,
    );
    const { registries, registryId } = services;
    await answersRight(services, names);
    await rekey(services, services);
    const { generation = 0, former } = (await registries.get(registryId))?.templates ?? {};
    expect([former, keysOf(services)]).toEqual([undefined, [`${generation}.key`]]);
    expect(rows(services).generations).toEqual(new Set([generation]));
    await answersRight(services, names);
    expect(nth).toBeLessThan(40);
  }
}, 60_000);

/** Rejects every call from the nth write on. */
function dyingAfter(services: TestServices, nth: number): TestServices {
  let writes = 0;
  const doomed = <Store extends object>(store: Store): Store =>
    Object.fromEntries(
      Object.entries(store).map(([name, member]) => {
        if (typeof member !== "function" || !/^(put|change|remove|renew)/.test(name)) return [name, member];
        return [
          name,
          async (...given: unknown[]) => {
            if (++writes > nth) throw new Error("the process died");
            return member(...given);
          },
        ];
      }),
    ) as Store;
  const { cohorts, registries, speakers, templateKeys } = services;
  return {
    ...services,
    cohorts: doomed(cohorts),
    registries: doomed(registries),
    speakers: doomed(speakers),
    templateKeys: doomed(templateKeys),
  };
}

test("cohorts of the registry's voices are encrypted, and renewed too", async () => {
  const services = await local(["ann"]);
  const { registryId } = services;
  const record = aCohort({ registryId: registryId });
  await services.cohorts.put(record);
  const contents = () => {
    const database = new DatabaseSync(join(services.folder, "voiceroll.db"), { readOnly: true });
    const found = database.prepare("SELECT bytes FROM attachments").all() as { bytes: Uint8Array }[];
    database.close();
    return found.map(({ bytes }) => Buffer.from(bytes));
  };
  const before = contents();
  expect(before.map((bytes) => bytes.subarray(0, 4).toString())).toEqual(["VRS1"]);
  expect(await rekey(services, services)).toMatchObject({ cohorts: 1 });
  expect(contents()).toHaveLength(1);
  expect(contents()[0].equals(before[0])).toBe(false);
  const other = await openTestServices({ folder: services.folder, clock: services.clock, store: "local" });
  onTestFinished(() => other.close());
  expect((await other.cohorts.get(registryId, record.cohortId))?.cohort.rows).toStrictEqual(
    record.cohort.rows,
  );
});

test("without the key, nothing is answered, and the error says what to do", async () => {
  const services = await local(["ann"]);
  const key = join(services.folder, "template-keys", `${services.registryId}.1.key`);
  rmSync(key);
  const other = await openTestServices({ folder: services.folder, clock: services.clock, store: "local" });
  onTestFinished(() => other.close());
  const clip = fakeClip("voice=ann take=9");
  for (const asked of [
    verify(other, { ...named(other, "ann"), clip }),
    identify(other, { registry: other.registry, clip }),
    rekey(other, other),
  ]) {
    const { slug, message } = await refusal(asked);
    expect([slug, message]).toEqual(["storage-unavailable", expect.stringContaining(key)]);
    expect(message).toMatch(/Restore it from a backup/);
  }
});

test("a write under a former key, which would be lost with it, is refused", async () => {
  const services = await local(["ann"]);
  const { registryId, folder } = services;
  const { uid } = await stored(services, "ann");
  const database = openDatabase(folder);
  onTestFinished(() => database.close());
  const late = localSpeakers(database);
  const [clip] = await late.clips(registryId, uid);
  const speaker = await late.get(registryId, speakerId("ann"));
  await rekey(services, services);
  expect(clip?.templateGeneration).toBe(1);
  for (const write of [
    clip && late.putClip(clip),
    speaker && late.put({ ...speaker, version: speaker.version + 2 }),
    speaker && late.put({ ...speaker, speakerId: speakerId("new"), uid: "spk_new", version: 1 }),
  ])
    expect((await refusal(Promise.resolve(write))).slug).toBe("write-contention");
  expect(rows(services).generations).toEqual(new Set([2]));
});

test("a speaker that is erased during a renewal leaves nothing", async () => {
  const services = await local(NAMES);
  const speakers = {
    ...services.speakers,
    renew: async (...key: Parameters<typeof services.speakers.renew>) => {
      if (key[1] === "ann") await eraseSpeaker(services, named(services, "ann")).catch(() => undefined);
      return services.speakers.renew(...key);
    },
  };
  const { uid } = await stored(services, "ann");
  expect(await rekey({ ...services, speakers }, services)).toMatchObject({ speakers: 4 });
  expect(await services.speakers.clips(services.registryId, uid)).toEqual([]);
});
