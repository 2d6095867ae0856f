import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { decodeFloat64 } from "../../lib/score/scoring/codec.ts";
import { addFixed, fromFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { aSpeaker } from "../contract/store.ts";
import { randomVoices } from "../score/random-voices.ts";
import { openTestServices, type TestServices } from "../support/services.ts";

const PEOPLE = 150;
const DIMENSION = 192;
/** Two enrollments of a person have a cosine of about 0.8, as those of the development speakers. */
const TAKE = 0.5;
/**
 * By chance, a nearest neighbor is the right one of PEOPLE once in PEOPLE tries: one is expected.
 * More than 7 hits have a probability of about 1e-5 (binomial).
 */
const MOST_BY_CHANCE = 7;

/** The sum of a person's clips as one of two registries has it. */
function sumsOf(registry: number): Float64Array[] {
  const voices = randomVoices(PEOPLE, { dimension: DIMENSION, seed: 11, spread: 1 });
  const takes = randomVoices(PEOPLE, { dimension: DIMENSION, seed: 20 + registry, spread: 1 });
  return voices.map((voice, i) => {
    const heard = normalize(voice.map((x, at) => x + TAKE * takes[i][at]));
    return addFixed(new Float64Array(DIMENSION), toFixed(heard), 1);
  });
}

async function fill(services: TestServices, name: string, sums: readonly Float64Array[]): Promise<string> {
  const { registryId } = await ensureRegistry(services, name);
  for (const [i, sum] of sums.entries())
    await services.speakers.put(aSpeaker(`${name}-${i}`, { registryId, sum }));
  return registryId;
}

/** A registry's rows in a copy of the database, in order of creation. */
function leaked({ folder }: TestServices, registryId: string): UnitVector[] {
  const database = new DatabaseSync(join(folder, "voiceroll.db"), { readOnly: true });
  const rows = database
    .prepare("SELECT sum FROM speakers WHERE registry_id = ? ORDER BY seq")
    .all(registryId);
  database.close();
  return rows.map(({ sum }) => fromFixed(decodeFloat64(sum as Uint8Array)));
}

/** How many rows of one have the row of the same person as their nearest in the other. */
const joined = (one: readonly UnitVector[], other: readonly UnitVector[]): number =>
  one.filter((row, i) => {
    const scores = other.map((candidate) => cosine(row, candidate));
    return scores.indexOf(Math.max(...scores)) === i;
  }).length;

test("two registries' tables can't be joined by voice more often than by chance", async () => {
  const services = await openTestServices({ store: "local" });
  onTestFinished(() => services.close());
  const [first, second] = [sumsOf(0), sumsOf(1)];
  const [a, b] = [await fill(services, "first", first), await fill(services, "second", second)];
  const plain = joined(first.map(fromFixed), second.map(fromFixed));
  const stored = joined(leaked(services, a), leaked(services, b));
  expect(plain).toBe(PEOPLE);
  expect(stored).toBeLessThanOrEqual(MOST_BY_CHANCE);
  // Neither can a table be joined with voices that someone has at hand.
  expect(joined(leaked(services, a), second.map(fromFixed))).toBeLessThanOrEqual(MOST_BY_CHANCE);
});
