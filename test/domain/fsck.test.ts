import { expect, test } from "vitest";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { listClips } from "../../lib/domain/speaker/clip.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, recomputed, stored, traces } from "./asking.ts";

const findings = async (services: TestServices, repair = false) =>
  (await fsck(services, { repair })).findings.map(({ kind, clipId, repaired }) => ({
    kind,
    clipId,
    repaired,
  }));

async function withAnn() {
  const services = await testServices();
  const { speaker, clips } = await enrollTakes(services, "ann", 3);
  return { services, uid: speaker.uid, clipId: clips[1].id, registryId: services.registryId };
}

test("a consistent store has no findings", async () => {
  const { services } = await withAnn();
  for (let i = 0; i < 3; i++) await enrollTakes(services, `voice-${i}`, 1);
  expect(await fsck(services)).toEqual({ speakers: 4, clips: 6, findings: [] });
});

test("repairs a wrong sum from the clips, which restores the scores", async () => {
  const { services } = await withAnn();
  const ask = () => verify(services, { ...named(services, "ann"), clip: fakeClip("voice=ann take=9") });
  const usual = await ask();
  const speaker = await stored(services, "ann");
  const sum = speaker.sum.with(5, speaker.sum[5] + 1);
  const wrong = { mean: -5, std: 1 };
  const stats = { cohortId: "coh_fake", voice: { all: wrong, top: wrong } } as const;
  await services.speakers.put({ ...speaker, sum, stats, version: speaker.version + 1 });
  expect(await findings(services)).toEqual([{ kind: "sum-mismatch", clipId: undefined, repaired: false }]);
  expect(await findings(services, true)).toEqual([
    { kind: "sum-mismatch", clipId: undefined, repaired: true },
  ]);
  expect(await findings(services)).toEqual([]);
  const repaired = await stored(services, "ann");
  expect(repaired.sum).toEqual(await recomputed(services, repaired));
  expect((await ask()).score).toEqual(usual.score);
});

test("reports missing clips and missing or changed audio, which can't be repaired", async () => {
  const { services, registryId, uid, clipId } = await withAnn();
  await services.clips.put(registryId, uid, clipId, new Uint8Array([1, 2, 3]));
  expect(await findings(services, true)).toEqual([{ kind: "audio-changed", clipId, repaired: false }]);
  await services.clips.remove(registryId, uid, clipId);
  expect(await findings(services, true)).toEqual([{ kind: "missing-audio", clipId, repaired: false }]);
  await services.speakers.removeClip(registryId, uid, clipId);
  expect(await findings(services, true)).toEqual([
    { kind: "missing-clip-item", clipId, repaired: false },
    { kind: "missing-audio", clipId, repaired: false },
  ]);
  expect(await listClips(services, named(services, "ann"))).toHaveLength(2);
});

test("removes clips and audio that a crashed enrollment left behind, and keeps listed ones", async () => {
  const { services, registryId, uid, clipId } = await withAnn();
  const item = await services.speakers.getClip(registryId, uid, clipId);
  if (!item) throw new RangeError("no item");
  const orphan = { ...item, clipId: "clp_orphan" } as const;
  await services.clips.put(registryId, uid, "clp_orphan", new Uint8Array([1]));
  await services.speakers.putClip(orphan);
  await services.clips.put(registryId, "spk_nobody", "clp_audio", new Uint8Array([1]));
  const kinds = async (repair: boolean) => (await findings(services, repair)).map((one) => one.kind).sort();
  expect(await kinds(false)).toEqual(["orphan-audio", "orphan-audio", "orphan-clip-item"]);
  expect(await services.audit.head(registryId)).toBeUndefined();
  expect(await kinds(true)).toEqual(["orphan-audio", "orphan-audio", "orphan-clip-item"]);
  const entries = [];
  for await (const entry of services.audit.every(registryId)) entries.push(entry);
  expect(entries).toMatchObject([
    { operation: "repair", details: { "orphan-audio": 2, "orphan-clip-item": 1 } },
  ]);
  expect(await findings(services)).toEqual([]);
  expect(await traces(services, uid)).toEqual({ items: 3, audio: 3 });
});

test("removes the clip of an erased speaker together with its audio", async () => {
  const { services, registryId, uid, clipId } = await withAnn();
  const item = await services.speakers.getClip(registryId, uid, clipId);
  if (!item) throw new RangeError("no item");
  await services.speakers.remove(registryId, named(services, "ann").speakerId);
  await services.clips.removeSpeaker(registryId, uid);
  await services.clips.put(registryId, uid, clipId, new Uint8Array([1]));
  await services.speakers.putClip(item);
  await fsck(services, { repair: true });
  expect(await traces(services, uid)).toEqual({ items: 0, audio: 0 });
});

test("a clip enrolled during the check is not an orphan", async () => {
  const { services, uid } = await withAnn();
  const clips = {
    ...services.clips,
    list: async (registryId: typeof services.registryId) => {
      await enrollTakes(services, "ann", 1, 9);
      return services.clips.list(registryId);
    },
  };
  expect(await fsck({ ...services, clips }, { repair: true })).toMatchObject({ findings: [] });
  expect(await traces(services, uid)).toEqual({ items: 4, audio: 4 });
});
