import { expect, test } from "vitest";
import { fitKind, fitTables, type KnownTrial, MIN_SPEAKERS } from "../../lib/score/fit/fit.ts";
import { lackingPoints } from "../../lib/score/scoring/operating-points.ts";

/**
 * Compares every voice with every other, with `takes` probes each. Genuine scores are about 4
 * higher.
 */
function trials(speakers: number, takes: number, seconds = 5): KnownTrial[] {
  let state = 7;
  const noise = () => {
    state = (state * 16807) % 2147483647;
    return (4 * state) / 2147483647;
  };
  const all: KnownTrial[] = [];
  for (let a = 0; a < speakers; a++)
    for (let b = 0; b < speakers; b++)
      for (let take = 0; take < takes; take++) {
        const genuine = a === b;
        const score = noise() + (genuine ? 3 : 0);
        const conditions = { seconds, longerSeconds: 3 * seconds, bandwidth: "wide" } as const;
        all.push({ genuine, enrolled: `${a}`, probe: `${b}`, conditions, scores: { cosine: score } });
      }
  return all;
}

const POOLED = { bucket: "any", bandwidth: "any" } as const;

test("a point's rates state trials, speakers and an interval that contains them", () => {
  const fitted = fitKind(trials(20, 4), POOLED);
  const [table] = "tables" in fitted ? fitted.tables : [];
  expect(table.points.map(({ far }) => far)).toEqual([0.01, 0.05]);
  for (const { far, frr, measured } of table.points) {
    expect(measured!.far).toMatchObject({ trials: 20 * 19 * 4, speakers: 20 });
    expect(measured!.frr).toMatchObject({ trials: 80, speakers: 20, rate: frr });
    expect(measured!.far.rate).toBeLessThanOrEqual(far);
    for (const rate of [measured!.far, measured!.frr]) {
      expect(rate.low).toBeLessThanOrEqual(rate.rate);
      expect(rate.high).toBeGreaterThanOrEqual(rate.rate);
      expect(rate.high).toBeGreaterThanOrEqual(Math.max(rate.clopperPearson.high, rate.bootstrap?.high ?? 0));
      expect(rate.effectiveTrials).toBeLessThanOrEqual(rate.trials);
    }
  }
});

test("a fitted likelihood ratio is bounded by the number of its trials", () => {
  const fitted = fitKind(trials(20, 4), POOLED);
  const [{ llr }] = "tables" in fitted ? fitted.tables : [];
  expect(llr.bounds).toEqual({ least: -Math.log(20 * 4 + 1), most: Math.log(20 * 19 * 4 + 1) });
});

test("below the rule of 3 it states how many more speakers are needed instead of a rate", () => {
  const fitted = fitKind(trials(20, 4), POOLED);
  const [table] = "tables" in fitted ? fitted.tables : [];
  // 20 speakers give 1,520 trials, 4 a pair. 3,000 need 28 speakers (28 * 27 * 4 = 3,024), 30,000
  // need 88.
  expect(table.lacking).toEqual([
    { far: 0.0001, impostorTrials: 1520, neededTrials: 30_000, moreSpeakers: 68 },
    { far: 0.001, impostorTrials: 1520, neededTrials: 3000, moreSpeakers: 8 },
  ]);
  expect(lackingPoints(0, 0, [0.01])).toMatchObject([{ neededTrials: 300, moreSpeakers: 18 }]);
  expect(lackingPoints(3000, 40, [0.001])).toEqual([]);
});

test("the stated number of additional speakers is enough", () => {
  const [{ moreSpeakers }] = lackingPoints(1520, 20, [0.001]);
  const speakers = 20 + moreSpeakers;
  expect(lackingPoints(speakers * (speakers - 1) * 4, speakers, [0.001])).toEqual([]);
  expect(lackingPoints((speakers - 1) * (speakers - 2) * 4, speakers - 1, [0.001])).toHaveLength(1);
});

test("a kind with too few trials or speakers has no table and states how many more speakers it needs", () => {
  expect(fitKind(trials(MIN_SPEAKERS - 2, 10), POOLED)).toEqual({
    ...POOLED,
    why: "too_few",
    genuineTrials: 80,
    genuineSpeakers: 8,
    moreSpeakers: 2,
  });
  // 12 genuine trials of 12 speakers, one each: 38 more are needed.
  expect(fitKind(trials(12, 1), POOLED)).toMatchObject({ genuineTrials: 12, moreSpeakers: 38 });
  expect(fitKind([], { bucket: "8s+", bandwidth: "telephone" })).toMatchObject({
    genuineTrials: 0,
    moreSpeakers: 50,
  });
});

test("trials of one length fill that bucket's table and the pooled one; other buckets state what is missing", () => {
  const { tables, missing } = fitTables(trials(15, 4));
  expect(tables.map(({ bandwidth, bucket }) => `${bandwidth} ${bucket}`)).toEqual([
    "any any",
    "any 4-8s",
    "wide any",
    "wide 4-8s",
  ]);
  expect(missing.map(({ bandwidth, bucket }) => `${bandwidth} ${bucket}`)).toContain("telephone any");
  expect(missing.every(({ why }) => why === "too_few")).toBe(true);
});

test("a narrow kind with genuine trials that score no higher uses the wider table; a list of only those throws", () => {
  const wrong = trials(12, 8, 1.5).map(({ scores, genuine, ...one }) => ({
    ...one,
    genuine,
    scores: { cosine: (scores.cosine ?? 0) - (genuine ? 5 : 0) },
  }));
  const mixed = fitTables([...trials(12, 80), ...wrong]);
  expect(mixed.missing).toContainEqual(expect.objectContaining({ bucket: "1-2s", why: "not_separated" }));
  expect(() => fitTables(wrong)).toThrow(RangeError);
});

test("rejects a score that isn't finite", () => {
  const some = trials(12, 5);
  const spoilt = some.map((one, i) => (i === 3 ? { ...one, scores: { cosine: Number.NaN } } : one));
  expect(() => fitTables(spoilt)).toThrow(RangeError);
});
