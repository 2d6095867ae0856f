import { describe, expect, test } from "vitest";
import { parseSpeakerId, type RegistryId, type SpeakerUid } from "../../lib/id.ts";
import type { CandidateIndex, IndexedVoice } from "../../lib/ports/candidate-index.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import type { ExactVectors } from "../support/exact-vectors.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { ELSEWHERE, HERE, MODEL } from "./store.ts";

/** Opens an empty index for one test, and what the stand-in holds. */
export type OpenCandidates = () => Promise<{ index: CandidateIndex; vectors: ExactVectors }>;

const place = { registryId: HERE, modelId: MODEL };

function indexed(name: string, voice = name): IndexedVoice {
  const speakerId = parseSpeakerId(name);
  if (!speakerId) throw new RangeError(name);
  return { uid: `spk_${name}`, speakerId, voice: fakeVoice(voice) };
}
const voices = (count: number) => Array.from({ length: count }, (_, i) => indexed(`v${i}`));
const names = async (index: CandidateIndex, voice: string, count = 10, registryId: RegistryId = HERE) =>
  (await index.nearest({ ...place, registryId }, fakeVoice(voice), count)).map(({ uid }) => uid.slice(4));

/** many: more voices than one call of this index can write or return */
export function candidateIndexContract(open: OpenCandidates, many = 620): void {
  describe("candidate index", () => {
    test("returns the nearest first, at most as many as asked for, with uid and speaker", async () => {
      const { index } = await open();
      await index.put(place, voices(40));
      const near = (name: string) => cosine(fakeVoice(name), fakeVoice("v7"));
      const expected = voices(40)
        .map(({ speakerId }) => speakerId as string)
        .sort((a, b) => near(b) - near(a));
      expect(await names(index, "v7", 10)).toEqual(expected.slice(0, 10));
      expect(await names(index, "v7", 100)).toEqual(expected);
      expect((await index.nearest(place, fakeVoice("v7"), 1))[0]).toEqual({ uid: "spk_v7", speakerId: "v7" });
    });

    test("holds more voices than one call can write or one page can return", async () => {
      const { index } = await open();
      await index.put(place, voices(many));
      const most = Math.min(index.most, many);
      expect(new Set(await names(index, "v1", most)).size).toBe(most);
      await index.remove(
        place,
        voices(many - 10).map(({ uid }) => uid),
      );
      expect((await names(index, "v1", most)).length).toBe(10);
    });

    test("a put replaces a voice; a removed one is gone, and can be put again", async () => {
      const { index, vectors } = await open();
      await index.put(place, [indexed("ann"), indexed("bob")]);
      await index.put(place, [indexed("ann", "eve")]);
      expect(await names(index, "eve", 1)).toEqual(["ann"]);
      await index.remove(place, ["spk_ann", "spk_nobody"]);
      expect(await names(index, "eve")).toEqual(["bob"]);
      expect(vectors.dump()).not.toContain("ann");
      await index.put(place, [indexed("ann")]);
      expect(await names(index, "ann", 1)).toEqual(["ann"]);
    });

    test("finds no voice of another registry or model", async () => {
      const { index } = await open();
      await index.put(place, [indexed("ann")]);
      await index.put({ ...place, registryId: ELSEWHERE }, [indexed("bob")]);
      await index.put({ ...place, modelId: "mdl_other" }, [indexed("eve")]);
      expect(await names(index, "ann")).toEqual(["ann"]);
      expect(await names(index, "ann", 10, ELSEWHERE)).toEqual(["bob"]);
      await index.remove({ ...place, registryId: ELSEWHERE }, ["spk_ann" as SpeakerUid]);
      expect(await names(index, "ann")).toEqual(["ann"]);
    });

    test("removing from a registry that has no voices does nothing", async () => {
      const { index } = await open();
      await index.remove({ ...place, registryId: "reg_empty" }, ["spk_ann"]);
    });

    test("can be used for the model's dimension", async () => {
      const { index } = await open();
      await index.check(fakeModel().dimension);
    });
  });
}
