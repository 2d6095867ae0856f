import { expect, test } from "vitest";
import { type Candidate, nearest } from "../../lib/domain/scoring/nearest.ts";
import { scoringSetup } from "../../lib/domain/scoring/setup.ts";
import { enrolledSide, probeSide } from "../../lib/domain/scoring/side.ts";
import { scoreTrial } from "../../lib/domain/scoring/trial.ts";
import type { Gallery } from "../../lib/ports/gallery.ts";
import { addFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { aSpeaker } from "../contract/store.ts";
import { fakeVoice } from "../support/fake-embedder.ts";
import { testServices } from "../support/services.ts";

const SPEAKERS = 120;
const COUNT = 10;
/** spread 1: voices of strangers. 0.1: so alike that their codes rank them wrong */
const voiceOf = (name: string, spread: number): UnitVector => {
  const [common, own] = [fakeVoice("common"), fakeVoice(name)];
  return normalize(Float64Array.from(common, (x, i) => (1 - spread) * x + spread * (own[i] ?? 0)));
};

async function place(spread: number) {
  const services = await testServices();
  const { registry, registryId } = services;
  const { modelId } = services.embedder.model;
  const setup = await scoringSetup(services, registryId);
  // Equal statistics, so that only the cosine ranks.
  const same = { mean: 0.1, std: 0.1 };
  const stats = { cohortId: setup.cohort.id, voice: { all: same, top: same } };
  for (let i = 0; i < SPEAKERS; i++) {
    const voice = toFixed(voiceOf(`voice-${i}`, spread));
    const sum = addFixed(new Float64Array(voice.length), voice, 1);
    await services.speakers.put(aSpeaker(`v${i}`, { registryId, modelId, sum, stats }));
  }
  const sideOf = (probe: string) =>
    probeSide(setup, voiceOf(probe, spread), { speechSeconds: 5, bandwidth: "wide" });
  const find = async (probe: string, gallery: Gallery = services.gallery) => {
    const found = await nearest({ ...services, gallery }, setup, registry, sideOf(probe), COUNT);
    return found.ranked.slice(0, COUNT).map(nameAndScore);
  };
  /** Scores every stored speaker in float64. */
  const bruteForce = async (probe: string) => {
    const { items } = await services.speakers.list(registryId, undefined, 1000);
    return items
      .map((speaker) => ({
        speaker,
        ...scoreTrial(setup, { enrolled: enrolledSide(setup, speaker), probe: sideOf(probe) }, undefined),
      }))
      .sort((a, b) => b.score.value - a.score.value)
      .slice(0, COUNT)
      .map(nameAndScore);
  };
  return { services, find, bruteForce };
}

const nameAndScore = ({ speaker, score }: Candidate) => [speaker.speakerId as string, score.value];

test("candidates and scores are those of brute force in float64, whatever the codes say", async () => {
  const { find, bruteForce } = await place(0.1);
  for (let i = 0; i < 8; i++) expect(await find(`probe-${i}`)).toEqual(await bruteForce(`probe-${i}`));
});

test("candidates are those of brute force even if the best are erased during the search", async () => {
  const { services, find, bruteForce } = await place(1);
  const { registryId, gallery } = services;
  let searches = 0;
  const erasing: Gallery = {
    async search(...asked) {
      const found = await gallery.search(...asked);
      searches += 1;
      for (const { speakerId } of searches % 2 ? found.hits.slice(0, 9) : [])
        await services.speakers.remove(registryId, speakerId);
      return found;
    },
  };
  for (const probe of ["probe-1", "probe-2"])
    expect(await find(probe, erasing)).toEqual(await bruteForce(probe));
  expect(searches).toBe(4);
});
